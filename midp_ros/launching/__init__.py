"""An interpreter of ROS 2 XML launch files for machines without `ros2 launch`; imports nothing of midp_ros.

    description = LaunchDescription.load("launch/sim.launch.xml", {"task": "pick"})
    status = run(description)

The subset: launch, arg, let, group, include, node with param, remap and env; if and unless; $(var), $(env), $(eval),
$(find-pkg-share), $(dirname). Each has the meaning that it has for `ros2 launch`, so that a file works with both.
"""

from midp_ros.launching.description import LaunchDescription, NodeProcess
from midp_ros.launching.discovery import local_discovery
from midp_ros.launching.domains import move_to_free_domain
from midp_ros.launching.errors import LaunchError
from midp_ros.launching.grammar import Argument, declared_arguments
from midp_ros.launching.ros2_launch import run_by_ros2_launch
from midp_ros.launching.ros_arguments import parameter_values
from midp_ros.launching.run import run

__all__ = [
    "Argument",
    "LaunchDescription",
    "LaunchError",
    "NodeProcess",
    "declared_arguments",
    "local_discovery",
    "move_to_free_domain",
    "parameter_values",
    "run",
    "run_by_ros2_launch",
]
