"""The lower bounds by name: value, and what the critic ascends; imports torch only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from midp_ros.learning.mutual_information.donsker_varadhan import bias_corrected, donsker_varadhan
from midp_ros.learning.mutual_information.infonce import infonce
from midp_ros.learning.mutual_information.nwj import nwj
from midp_ros.learning.mutual_information.smile import jensen_shannon, smile


@dataclass(frozen=True)
class Estimator:
    """A lower bound of mutual information.

    Attributes:
        bound: (joint (n,), marginal (n, k)) -> the value [nat].
        objective: (joint, marginal, log_partition) -> a scalar whose gradient the critic ascends; `log_partition` is
            `Partition.update(marginal)`, which only MINE's gradient reads.
    """

    bound: Callable[[Tensor, Tensor], Tensor]
    objective: Callable[[Tensor, Tensor, Tensor], Tensor]


def _without_partition(objective: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    return lambda joint, marginal, log_partition: objective(joint, marginal)


ESTIMATORS = {
    "donsker_varadhan": Estimator(donsker_varadhan, bias_corrected),
    "nwj": Estimator(nwj, _without_partition(nwj)),
    "infonce": Estimator(infonce, _without_partition(infonce)),
    "smile": Estimator(smile, _without_partition(jensen_shannon)),
}
