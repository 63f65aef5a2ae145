"""The Franka Hand's mechanism in PyBullet: two coupled fingers that move to a width and squeeze; imports kinematics."""

from __future__ import annotations

from midp_ros.kinematics.profile import RobotProfile
from midp_ros.simulation.engine import Engine, pybullet

SPEED_M_S = 0.1  # per finger; the hand's default speed in franka_ros2's examples
# One motor drives both fingers: a constraint keeps them level, and pays this share of an error back in each step.
COUPLING_SHARE = 0.5
COUPLING_FORCE_N = 1000.0
# Against an object Bullet's motor gets to iterations x mass x speed / dt: 30 N at 0.1 m/s, and here beyond 70 N.
SQUEEZE_SPEED_M_S = 0.4


class Gripper:
    """Two position-controlled fingers with limited speed and force.

    They are coupled as in the hand: a push on one finger moves neither, or beyond twice the motor's force both.
    """

    def __init__(self, engine: Engine, body: int, profile: RobotProfile):
        self._client = engine.client
        self._body = body
        self._joints = engine.joint_indices(body, profile.finger_joint_names)
        self._max_width_m = profile.gripper_width_max_m
        self._force_n = profile.gripper_force_n
        for joint in self._joints:
            # Rubber tips on a cube: friction of about 1, and enough torsional friction not to let it spin.
            self._client.changeDynamics(body, joint, lateralFriction=1.2, spinningFriction=0.01)
        left, right = self._joints
        gear = self._client.createConstraint(body, left, body, right, pybullet.JOINT_GEAR, [0, 1, 0], [0] * 3, [0] * 3)
        self._client.changeConstraint(
            gear, gearRatio=-1, relativePositionTarget=0, erp=COUPLING_SHARE, maxForce=COUPLING_FORCE_N
        )
        self.target_m = self._max_width_m

    def place(self, width_m: float) -> None:
        """Sets the width [m], at rest."""
        for joint in self._joints:
            self._client.resetJointState(self._body, joint, width_m / 2, 0.0)
        self.move(width_m)

    def move(self, width_m: float, speed_m_s: float = SPEED_M_S, force_n: float | None = None) -> None:
        """Drives the fingers to a width [m], each with a speed and at most a force."""
        self.target_m = min(max(width_m, 0.0), self._max_width_m)
        for joint in self._joints:
            self._client.setJointMotorControl2(
                self._body,
                joint,
                pybullet.POSITION_CONTROL,
                targetPosition=self.target_m / 2,
                force=self._force_n if force_n is None else force_n,
                maxVelocity=speed_m_s,
            )

    def squeeze(self, force_n: float) -> None:
        """Presses the object between the standing fingers, from each side with the force."""
        self.move(0.0, SQUEEZE_SPEED_M_S, force_n)

    def stop(self) -> None:
        """Stops the fingers and ends their pressure."""
        self.target_m = self.width_m
        for joint in self._joints:
            self._client.setJointMotorControl2(
                self._body, joint, pybullet.VELOCITY_CONTROL, targetVelocity=0.0, force=self._force_n
            )

    @property
    def width_m(self) -> float:
        """Distance between the finger tips [m]."""
        return float(sum(s[0] for s in self._client.getJointStates(self._body, self._joints)))
