"""What every learner's answer does with the beginning of a chunk that it is given."""

import torch


def assert_holds_a_given_beginning(answer, dataset):
    """The first four steps are the given ones; the others are as without them."""
    observation, prefix = dataset.observation[:3], dataset.action[:3]
    noise, weight = torch.zeros_like(prefix), torch.zeros(prefix.shape[:2])
    weight[:, :4] = 1.0
    free, held = (answer(observation, noise, prefix=prefix, weight=w) for w in (weight * 0, weight))
    torch.testing.assert_close(held[:, :4], prefix[:, :4])
    torch.testing.assert_close(held[:, 4:], free[:, 4:])
