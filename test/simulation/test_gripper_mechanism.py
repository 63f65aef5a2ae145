"""The hand's mechanism: symmetric, as fast and as strong as told, and it lets go."""

import numpy as np
import pytest

from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.simulation.engine import Engine, pybullet
from midp_ros.simulation.hand.gripper import Gripper

CUBE_M, CUBE_KG = 0.05, 0.1


class Bench:
    """A gripper on an arm that is held in its ready pose."""

    def __init__(self):
        self.engine, profile = Engine(), RobotProfile.load("fr3")
        self.body = self.engine.add_urdf(profile.urdf_path)
        self.client = self.engine.client
        for joint, q in zip(self.engine.joint_indices(self.body, profile.joint_names), profile.ready_rad, strict=True):
            self.client.resetJointState(self.body, joint, q)
            self.client.setJointMotorControl2(
                self.body, joint, pybullet.POSITION_CONTROL, targetPosition=q, force=87, positionGain=0.1
            )
        self.fingers = self.engine.joint_indices(self.body, profile.finger_joint_names)
        self.tool = ArmModel(profile).forward(np.array(profile.ready_rad))
        self.gripper = Gripper(self.engine, self.body, profile)
        self.gripper.place(profile.gripper_width_max_m)

    def step(self, duration_s, each=lambda: None):
        for _ in range(round(duration_s * 1000)):
            each()
            self.engine.step()

    def positions(self):
        return np.array([self.client.getJointState(self.body, joint)[0] for joint in self.fingers])

    def add_cube(self):
        place = self.tool.position_m.tolist(), self.tool.quaternion.tolist()
        cube = self.engine.add_box([CUBE_M / 2] * 3, place[0], CUBE_KG, (1, 0, 0, 1), place[1])
        return cube, lambda: self.client.resetBasePositionAndOrientation(cube, *place)

    def push(self, force_n, duration_s):
        """Pushes the left finger outwards."""
        self.step(
            duration_s,
            lambda: self.client.applyExternalForce(
                self.body, self.fingers[0], [0, force_n, 0], [0, 0, 0], pybullet.LINK_FRAME
            ),
        )


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.engine.close()


def test_each_finger_moves_with_the_speed(bench):
    bench.gripper.move(0.02, speed_m_s=0.05)
    bench.step(0.3)
    np.testing.assert_allclose(bench.positions(), 0.04 - 0.05 * 0.3, atol=5e-4)
    bench.step(0.5)
    assert bench.gripper.width_m == pytest.approx(0.02, abs=5e-4)


@pytest.mark.parametrize("push_n, opens", [(50.0, False), (90.0, True)])
def test_a_push_on_one_finger_meets_the_force_of_both_and_moves_both(bench, push_n, opens):
    bench.gripper.move(0.04, force_n=30.0)
    bench.step(0.5)
    bench.push(push_n, 0.2)
    left_m, right_m = bench.positions()
    assert abs(left_m - right_m) < 5e-3
    assert (left_m > 0.035) == opens


@pytest.mark.parametrize("force_n", [30.0, 50.0, 70.0])
def test_it_squeezes_with_the_force_and_lets_go_when_stopped(bench, force_n):
    cube, hold_cube = bench.add_cube()
    bench.gripper.move(0.0, speed_m_s=0.05)
    bench.step(0.5, hold_cube)
    bench.gripper.squeeze(force_n)
    bench.step(0.3)

    def pressed_n(finger):
        return sum(contact[9] for contact in bench.client.getContactPoints(bench.body, cube, linkIndexA=finger))

    def height_m():
        return bench.client.getBasePositionAndOrientation(cube)[0][2]

    assert [pressed_n(finger) for finger in bench.fingers] == pytest.approx([force_n] * 2, rel=0.05)
    assert bench.gripper.width_m == pytest.approx(CUBE_M, abs=1e-3)
    assert height_m() == pytest.approx(bench.tool.position_m[2], abs=2e-3)
    bench.gripper.stop()
    bench.step(0.3)
    assert height_m() < bench.tool.position_m[2] - 0.1
    assert bench.gripper.width_m == pytest.approx(CUBE_M, abs=2e-3)
