"""The training configuration by sections, which check themselves; imports core and PyYAML only.

Raises ConfigError (value and range) or UnknownNameError (the known keys or choices).
"""

from midp_ros.learning.config.context_config import ContextConfig
from midp_ros.learning.config.diffusion_config import METHODS, WEIGHTINGS, DiffusionConfig
from midp_ros.learning.config.learner_config import LearnerConfig
from midp_ros.learning.config.model_config import ModelConfig
from midp_ros.learning.config.neighbours_config import FeatureBottleneckConfig, LeakagePenaltyConfig
from midp_ros.learning.config.regulariser_config import (
    ESTIMATORS,
    FROM_POLICY,
    QUANTITIES,
    HistoryBottleneckConfig,
    RegulariserConfig,
)
from midp_ros.learning.config.scene_motions_config import AUTO, SceneMotionsConfig, motions_of
from midp_ros.learning.config.train_config import TrainConfig
from midp_ros.learning.config.training_config import TrainingConfig

__all__ = [
    "AUTO",
    "ESTIMATORS",
    "FROM_POLICY",
    "METHODS",
    "QUANTITIES",
    "WEIGHTINGS",
    "ContextConfig",
    "DiffusionConfig",
    "FeatureBottleneckConfig",
    "HistoryBottleneckConfig",
    "LeakagePenaltyConfig",
    "LearnerConfig",
    "ModelConfig",
    "RegulariserConfig",
    "SceneMotionsConfig",
    "TrainConfig",
    "TrainingConfig",
    "motions_of",
]
