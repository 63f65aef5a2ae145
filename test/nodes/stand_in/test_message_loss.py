"""Messages that get lost, for trials."""

import numpy as np
import pytest

from midp_ros.nodes.stand_in.message_loss import MessageLoss


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_the_share_is_lost_and_the_same_ones_for_the_same_seed(share):
    first, again, other = (MessageLoss(share, seed) for seed in (3, 3, 4))
    lost, same, different = ([loss.strikes() for _ in range(20_000)] for loss in (first, again, other))
    assert lost == same != different
    assert np.mean(lost) == pytest.approx(share, abs=4 * np.sqrt(share / 20_000))


def test_by_default_nothing_is_lost():
    loss = MessageLoss(0.0, 0)
    assert not any(loss.strikes() for _ in range(1000))
