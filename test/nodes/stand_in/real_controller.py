"""ros2_control's own joint_trajectory_controller on mock hardware at 1 kHz, where a ROS 2 Jazzy is installed."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

SETUP = Path(os.environ.get("MIDP_ROS_JAZZY", "/opt/ros/jazzy")) / "setup.bash"
HAVE_CONTROLLER = (SETUP.parent / "lib" / "libjoint_trajectory_controller.so").is_file()
NAMES = [f"fr3_joint{i}" for i in range(1, 8)]
JOINT = """<link name="l{n}"/><joint name="fr3_joint{n}" type="revolute"><parent link="l{before}"/><child link="l{n}"/>
<axis xyz="0 0 1"/><limit lower="-9" upper="9" velocity="9" effort="9"/></joint>"""
INTERFACES = """<joint name="fr3_joint{n}"><command_interface name="position"/><state_interface name="position"/>
<state_interface name="velocity"/></joint>"""
URDF = """<robot name="arm"><link name="l0"/>{joints}<ros2_control name="mock" type="system"><hardware>
<plugin>mock_components/GenericSystem</plugin><param name="calculate_dynamics">true</param></hardware>{interfaces}
</ros2_control></robot>"""
PARAMETERS = """
controller_manager:
  ros__parameters:
    update_rate: 1000
    {name}: {{type: joint_trajectory_controller/JointTrajectoryController}}
{name}:
  ros__parameters:
    joints: [{names}]
    command_interfaces: [position]
    state_interfaces: [position, velocity]
    interpolate_from_desired_state: {desired}
robot_state_publisher:
  ros__parameters:
    robot_description: '{urdf}'
"""
COMMANDS = (
    "ros2 run robot_state_publisher robot_state_publisher --ros-args --params-file {file}",
    "ros2 run controller_manager ros2_control_node --ros-args --params-file {file}",
    "ros2 run controller_manager spawner {name} -c /controller_manager",
)


@contextmanager
def real_controller(folder, from_desired, name="real"):
    """Runs a controller of that name, in this process' domain; one that has ended stays in the graph for a while."""
    joints = "".join(JOINT.format(n=n, before=n - 1) for n in range(1, 8))
    urdf = URDF.format(joints=joints, interfaces="".join(INTERFACES.format(n=n) for n in range(1, 8)))
    file = folder / "controllers.yaml"
    urdf, desired = urdf.replace("\n", " "), str(from_desired).lower()
    text = PARAMETERS.format(name=name, names=", ".join(NAMES), desired=desired, urdf=urdf)
    file.write_text(text)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AMENT", "VIRTUAL"))}
    environment = {**kept, "PATH": "/usr/bin:/bin", "ROS_LOG_DIR": str(folder)}
    started = []
    try:
        for command in COMMANDS:
            script = f". {SETUP}; exec {command.format(file=file, name=name)}"
            with (folder / f"{len(started)}.log").open("w") as log:
                started.append(
                    subprocess.Popen(
                        ["bash", "-c", script], env=environment, stdout=log, stderr=log, start_new_session=True
                    )
                )
        yield
    finally:
        for process in reversed(started):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        end_s = time.monotonic() + 5.0
        for process in started:
            try:
                process.wait(max(0.1, end_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
