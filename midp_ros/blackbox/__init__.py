"""Black box: the last 30 s of a policy's loop or of the stand-in, in memory, and on disk when something stops the arm.

    ring                      what was seen lately, by kind
    robot_box, policy_box     two rings with their triggers: the stand-in's, and that of a policy's loop
    recording                 the content of one file
    packing, box_file         that content as an MCAP file of ROS messages
    box_writer                files in a folder: written beside the loop, numbered, limited
    excess, controller_model  which limit was passed; what the controller had to command
    judge                     the verdict: limit, joint, millisecond, culprit
    replay                    the recording played into the stand-in

Imports core, kinematics, control, recording's bag and simulation, no ROS.
"""

from midp_ros.blackbox.box_file import read_recording, write_recording
from midp_ros.blackbox.judge import judge
from midp_ros.blackbox.policy_box import PolicyBox
from midp_ros.blackbox.recording import BoxEvent, BoxRecording, GivenTrajectory
from midp_ros.blackbox.robot_box import RobotBox
from midp_ros.blackbox.verdict import Culprit, Verdict

__all__ = [
    "BoxEvent",
    "BoxRecording",
    "Culprit",
    "GivenTrajectory",
    "PolicyBox",
    "RobotBox",
    "Verdict",
    "judge",
    "read_recording",
    "write_recording",
]
