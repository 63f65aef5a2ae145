"""A setting that the chosen learner, network or encoder does not read is named."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from midp_ros.cli.training.unread_settings import unread_settings
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.package_files import package_path
from midp_ros.learning.config import TrainConfig


def unread(*changes: str) -> list[str]:
    return unread_settings(TrainConfig.load(package_path("config", "train", "pick.yaml"), changes), changes)


@pytest.mark.parametrize("learner", ["bc", "ebm"])
def test_a_learner_without_a_denoiser_reads_none_of_its_settings(learner: str) -> None:
    plain = f"learner={learner}", "regulariser=null"
    assert unread(*plain, "model.floor=0.02", "training.steps=7", "encoder.name=resnet18") == []
    said = unread(*plain, "model.name=transformer", "diffusion.method=flow")
    why = f"changes nothing: learner.name={learner} does not read it"
    assert said == [f"model.name {why}", f"diffusion.method {why}"]


def test_a_network_names_what_only_another_one_has() -> None:
    assert unread("model.channels=[16,32]", "model.kernel=3", "diffusion.method=flow", "encoder.channels=[8,8]") == []
    assert unread("model.name=transformer", "model.options.width=64") == []
    said = unread("model.name=transformer", "model.channels=[16,32]")
    assert said == ["model.channels changes nothing: model.name=transformer does not read it"]
    said = unread("model.name=perceptron", "model.channels=[64,64]", "model.options={a: 1}")
    assert said == ["model.options changes nothing: model.name=perceptron does not read it"]
    said = unread("encoder.name=resnet18", "encoder.channels=[8,8]", "encoder.keypoints=16")
    assert said == ["encoder.channels changes nothing: encoder.name=resnet18 does not read it"]


def test_an_unknown_name_is_refused_as_ever() -> None:
    with pytest.raises(UnknownNameError, match="unknown model.name 'unett'"):
        unread("model.name=unett")
