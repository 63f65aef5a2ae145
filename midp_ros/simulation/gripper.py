"""The Franka Hand in PyBullet: two fingers that move to a width and squeeze; imports core and kinematics."""

from __future__ import annotations

from midp_ros.kinematics.profile import RobotProfile
from midp_ros.simulation.engine import Engine, pybullet

SPEED_M_S = 0.1  # per finger; the hand's default speed in franka_ros2's examples


class Gripper:
    """Two position-controlled fingers with limited speed and force; nothing drives them faster than the hand can."""

    def __init__(self, engine: Engine, body: int, profile: RobotProfile):
        self._client = engine.client
        self._body = body
        self._joints = engine.joint_indices(body, profile.finger_joint_names)
        self._max_width_m = profile.gripper_width_max_m
        self._force_n = profile.gripper_force_n
        for joint in self._joints:
            # Rubber tips on a cube: friction of about 1, and enough torsional friction not to let it spin.
            self._client.changeDynamics(body, joint, lateralFriction=1.2, spinningFriction=0.01)
        self.target_m = self._max_width_m

    def place(self, width_m: float) -> None:
        """Puts the fingers there, at rest."""
        for joint in self._joints:
            self._client.resetJointState(self._body, joint, width_m / 2, 0.0)
        self.move(width_m)

    def move(self, width_m: float, speed_m_s: float = SPEED_M_S, force_n: float | None = None) -> None:
        """Drives the fingers to a width [m]; between them an object is squeezed with the force."""
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

    @property
    def width_m(self) -> float:
        """Distance between the finger tips [m]."""
        return float(sum(s[0] for s in self._client.getJointStates(self._body, self._joints)))
