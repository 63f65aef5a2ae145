"""Estimators of mutual information, as functions of a critic's values; imports torch only.

A critic T(x, y) is evaluated on pairs drawn together, `joint` (n,), and with each x beside the y of k other samples,
`marginal` (n, k). `ESTIMATORS` names the lower bounds; each gives its value [nat] and what the critic ascends. CLUB (an
upper bound) and Barber & Agakov's bound take log densities of a conditional network q(y|x) in place of T.
"""

from midp_ros.learning.mutual_information.donsker_varadhan import bias_corrected, donsker_varadhan, drift, log_mean_exp
from midp_ros.learning.mutual_information.estimator import ESTIMATORS, Estimator
from midp_ros.learning.mutual_information.gaussian_conditional import GaussianConditional
from midp_ros.learning.mutual_information.infonce import infonce
from midp_ros.learning.mutual_information.likelihood_bounds import barber_agakov, club
from midp_ros.learning.mutual_information.negatives import negatives
from midp_ros.learning.mutual_information.nwj import nwj
from midp_ros.learning.mutual_information.partition import Partition
from midp_ros.learning.mutual_information.smile import jensen_shannon, smile

__all__ = [
    "ESTIMATORS",
    "Estimator",
    "GaussianConditional",
    "Partition",
    "barber_agakov",
    "bias_corrected",
    "club",
    "donsker_varadhan",
    "drift",
    "infonce",
    "jensen_shannon",
    "log_mean_exp",
    "negatives",
    "nwj",
    "smile",
]
