"""One registry for each entry-point group: extensions by other packages, without a change of this one.

Imports core only.

Targets are texts, so that a name costs no import; docs/new_task.md says what a name of each kind stands for.
"""

from __future__ import annotations

from midp_ros.core.seams.registry import FileRegistry, Registry

_DEVICES, _TOPIC_DEVICES = "midp_ros.teleop.devices", "midp_ros.nodes.teleop"
_NETWORKS, _LEARNERS = "midp_ros.learning.networks", "midp_ros.learning.learners"
_ADVERSARIAL = "midp_ros.adversarial.learner"
_TASKS, _EXPERTS, _READERS = "midp_ros.simulation.tasks", "midp_ros.expert", "midp_ros.control.observations.readers"

# A callable without arguments that returns a simulation.Task.
TASKS = Registry(
    "midp_ros.tasks",
    "task",
    {
        "avoid": f"{_TASKS}.avoid:Avoid",
        "carry": f"{_TASKS}.carry:Carry",
        "carry_play": f"{_TASKS}.carry:CarryPlay",
        "catch": f"{_TASKS}.catch:Catch",
        "pick": f"{_TASKS}.pick:Pick",
        "push": f"{_TASKS}.push:Push",
        "reach": f"{_TASKS}.reach:Reach",
        "recall": f"{_TASKS}.recall:Recall",
        "trace": f"{_TASKS}.trace:Trace",
    },
)
# A callable without arguments that returns an expert.scripted.Rule, by task name.
EXPERTS = Registry(
    "midp_ros.experts",
    "expert",
    {
        "avoid": f"{_EXPERTS}.avoid:AvoidRule",
        "carry": f"{_EXPERTS}.carry:CarryRule",
        "carry_play": f"{_EXPERTS}.carry:CarryPlayRule",
        "catch": f"{_EXPERTS}.catch:CatchRule",
        "pick": f"{_EXPERTS}.pick:PickRule",
        "push": f"{_EXPERTS}.push:PushRule",
        "reach": f"{_EXPERTS}.reach:ReachRule",
        "recall": f"{_EXPERTS}.recall:RecallRule",
        "trace": f"{_EXPERTS}.trace:TraceRule",
    },
)
# A package whose folder holds NAME.yaml: a contract.
CONTRACTS = FileRegistry("midp_ros.contracts", "contract", "contracts")
# A package whose folder holds NAME.yaml: a robot profile, with its URDF beside it unless it is one of ours.
ROBOTS = FileRegistry("midp_ros.robots", "robot", "robots")
# A callable (shape, config) that returns a learning.denoiser.Denoiser, by `model.name` of a training configuration.
DENOISERS = Registry(
    "midp_ros.denoisers",
    "denoiser",
    {
        "unet": f"{_NETWORKS}.unet:UNet",
        "perceptron": f"{_NETWORKS}.perceptron:Perceptron",
        "transformer": f"{_NETWORKS}.transformer:Transformer",
    },
)
# A callable (options) that returns a learning.learners.learner.Learner, by `learner.name` of a training configuration.
LEARNERS = Registry(
    "midp_ros.learners",
    "learner",
    {
        "bc": f"{_LEARNERS}.behaviour_cloning:BehaviourCloning",
        "bc_sde": f"{_LEARNERS}.sde_cloning:SdeCloning",
        "diffusion": f"{_LEARNERS}.diffusion:DiffusionLearner",
        "dil": f"{_ADVERSARIAL}:Dil",
        "drail": f"{_ADVERSARIAL}:Drail",
        "ebm": f"{_LEARNERS}.ebm:Ebm",
        "flow_points": "midp_ros.object_flow.learner:FlowLearner",
        "gail": f"{_ADVERSARIAL}:Gail",
        "gail_gp": f"{_ADVERSARIAL}:PenalisedGail",
        "ik_net": f"{_LEARNERS}.ik_net:IkNet",
    },
)
# A function (entry, profile) -> (message -> vector), by message type: control.observations.readers.
OBSERVATIONS = Registry(
    "midp_ros.observations",
    "observation reader",
    {
        "sensor_msgs/msg/JointState": f"{_READERS}:joint_state_reader",
        "geometry_msgs/msg/PoseStamped": f"{_READERS}:pose_reader",
        "geometry_msgs/msg/PointStamped": f"{_READERS}:vector_reader",
        "geometry_msgs/msg/TwistStamped": f"{_READERS}:vector_reader",
        "geometry_msgs/msg/WrenchStamped": f"{_READERS}:vector_reader",
    },
)

# A function (DeviceContext) -> teleop.device.Device, by the name that parameter `devices` of node teleop takes.
DEVICES = Registry(
    "midp_ros.devices",
    "device",
    {
        "gamepad": f"{_DEVICES}.gamepad:gamepad_device",
        "hand": f"{_TOPIC_DEVICES}.pose_devices:hand_device",
        "joy": f"{_TOPIC_DEVICES}.topic_devices:joy_device",
        "keyboard": f"{_DEVICES}.keyboard:keyboard_device",
        "leader": f"{_TOPIC_DEVICES}.topic_devices:leader_device",
        "spacemouse": f"{_DEVICES}.spacemouse:spacemouse_device",
        "target": f"{_TOPIC_DEVICES}.pose_devices:target_device",
        "twist": f"{_TOPIC_DEVICES}.topic_devices:twist_device",
        "twist_percent": f"{_TOPIC_DEVICES}.topic_devices:twist_percent_device",
    },
)

# A callable (kinematics.ArmModel) that returns a planning.Planner.
PLANNERS = Registry(
    "midp_ros.planners",
    "planner",
    {
        "auto": "midp_ros.planning.planners:AutoPlanner",
        "builtin": "midp_ros.planning.builtin:BuiltinPlanner",
        "moveit": "midp_ros.planning.moveit.planner:MoveItPlanner",
    },
)

# A midp_ros.reproduce.study.Study, by the name that `midp reproduce` takes.
_STUDIES = "midp_ros.reproduce"
STUDIES = Registry(
    "midp_ros.studies",
    "study",
    {
        "diffusion_imitation": f"{_STUDIES}.diffusion_imitation.study:STUDY",
        "flow_interface": f"{_STUDIES}.flow_interface.study:STUDY",
        "franka_imitation": f"{_STUDIES}.franka_imitation.study:STUDY",
        "mutual_information": f"{_STUDIES}.mutual_information.study:STUDY",
        "why_diffusion": f"{_STUDIES}.why_diffusion.study:STUDY",
    },
)

REGISTRIES: tuple[Registry, ...] = (
    *(TASKS, EXPERTS, CONTRACTS, ROBOTS, DENOISERS, LEARNERS),
    *(OBSERVATIONS, DEVICES, PLANNERS, STUDIES),
)
