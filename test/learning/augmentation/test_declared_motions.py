"""Scenes' motions as contracts declare them: filled in, stored, refused where there are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from moved_scenes import CONTRACT, RANGES, pick_episode  # noqa: E402
from synthetic import small_config  # noqa: E402

from midp_ros.core.contract import Contract  # noqa: E402
from midp_ros.core.plain_data import ConfigError  # noqa: E402
from midp_ros.learning.augmentation.scene_motions import SceneMotions, random_numbers  # noqa: E402
from midp_ros.learning.config import SceneMotionsConfig, TrainConfig, motions_of  # noqa: E402
from midp_ros.learning.dataset import build_dataset  # noqa: E402
from midp_ros.learning.training import Training  # noqa: E402

WRITTEN = SceneMotionsConfig("object", (0.35, 0.65), (-0.15, 0.15), (-0.7854, 0.7854))  # as they were before `auto`
AUTOMATIC = replace(small_config(steps=4), scene_motions="auto")
STRANGER = replace(CONTRACT, skill="stack", scene_symmetry=None)


def test_auto_is_plain_data_of_its_own_and_an_override():
    assert AUTOMATIC.to_dict()["scene_motions"] == "auto"
    assert TrainConfig.from_dict(AUTOMATIC.to_dict()) == AUTOMATIC
    with pytest.raises(ConfigError, match="scene_motions: got 'automatic', need a mapping with anchor"):
        TrainConfig.from_dict({**AUTOMATIC.to_dict(), "scene_motions": "automatic"})


@pytest.mark.parametrize("contract", [CONTRACT, replace(CONTRACT, scene_symmetry=None)], ids=["new", "older"])
def test_auto_trains_stores_and_resumes_as_the_same_numbers_written_by_hand(contract):
    dataset = build_dataset([replace(pick_episode(seed=seed), contract=contract) for seed in range(3)])
    by_hand = Training(replace(AUTOMATIC, scene_motions=WRITTEN), dataset)
    automatic = Training(AUTOMATIC, dataset)
    assert automatic.config == by_hand.config == automatic.checkpoint().config
    errors = [metrics.denoising_error for metrics in by_hand.run()]
    assert [metrics.denoising_error for metrics in automatic.run()] == errors
    longer = replace(AUTOMATIC, training=replace(AUTOMATIC.training, steps=5))
    assert [metrics.step for metrics in Training(longer, dataset, resume=by_hand.checkpoint()).run()] == [5]


@pytest.mark.parametrize("motions", ["auto", RANGES])
@pytest.mark.parametrize(
    ("skill", "why"), [("push", "the tool keeps its yaw"), ("catch", "the belt runs"), ("recall", "the tool keeps")]
)
def test_a_skill_whose_scenes_do_not_move_is_refused(skill, why, motions):
    for contract in (Contract.load(skill), replace(Contract.load(skill), scene_symmetry=None)):
        with pytest.raises(ConfigError, match=f"scene of '{skill}' that is moved is none of this skill: {why}"):
            replace(AUTOMATIC, scene_motions=motions).for_contract(contract)
    assert replace(AUTOMATIC, scene_motions=None).for_contract(contract).scene_motions is None


def test_a_training_of_push_is_refused_before_it_begins():
    contract = Contract.load("push")
    steps = np.zeros((20, contract.observation_size)), np.zeros((20, contract.action_size))
    episode = replace(pick_episode(20), contract=contract, observation=steps[0], action=steps[1])
    with pytest.raises(ConfigError, match="leave the section out"):
        Training(replace(AUTOMATIC, scene_motions=RANGES), build_dataset([episode]))


def test_a_stranger_s_skill_without_a_declaration_takes_ranges_by_hand_alone():
    with pytest.raises(ConfigError, match="auto finds no scene_symmetry in the contract of 'stack'; declare it there"):
        AUTOMATIC.for_contract(STRANGER)
    by_hand = replace(AUTOMATIC, scene_motions=RANGES)
    assert by_hand.for_contract(STRANGER) == by_hand
    declared = replace(STRANGER, scene_symmetry=CONTRACT.scene_symmetry)
    assert AUTOMATIC.for_contract(declared).scene_motions == WRITTEN


@pytest.mark.parametrize("skill", ["avoid", "carry", "pick", "reach"])
def test_what_is_declared_can_be_done(skill):
    contract = Contract.load(skill)
    motions = SceneMotions(contract, motions_of(contract, "auto"))
    window = torch.randn(8, contract.horizon.observed, contract.observation_size)
    motion = motions.draw(window, random_numbers(8, torch.Generator().manual_seed(0)))
    assert motions.observation(motion, window).shape == window.shape
