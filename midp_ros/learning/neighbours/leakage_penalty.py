"""A penalty on what the policy's features reveal of past actions, given the demonstrated one; imports torch.

Source: Seo et al. 2023, "Regularized behavior cloning for blocking the leakage of past action information" (PALR).
"""

from __future__ import annotations

from torch import Tensor

from midp_ros.learning.neighbours.hscic import hscic, rbf_kernel


def leakage(features: Tensor, past_actions: Tensor, action: Tensor, ridge: float) -> Tensor:
    """HSCIC of features and past actions given the demonstrated chunk, a scalar.

    Given what the demonstrator does, features that follow from the task's state alone say nothing more of what it did.

    Args:
        features: (n, size) of the observations; the gradient flows into these.
        past_actions: (n, steps, action_size) before the newest observation.
        action: (n, steps, action_size), the demonstrated chunk from the newest observation on.
        ridge: of the regression on the chunk.
    """
    x, y, z = (rbf_kernel(each.flatten(1).float()) for each in (features, past_actions, action))
    return hscic(x, y.detach(), z.detach(), ridge)
