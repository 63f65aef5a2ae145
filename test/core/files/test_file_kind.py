"""Files and folders of another kind than the wanted one: the error says what they are and what takes them."""

from pathlib import Path

import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.package_files import model_path, package_directory

CONFIG = package_directory() / "config"


@pytest.mark.parametrize(
    "path, wanted, said",
    [
        ("contracts/reach.yaml", "configuration", "is a contract; training configurations are in config/train"),
        ("train/reach.yaml", "contract", "is a configuration; contracts are in config/contracts"),
        ("robots/fr3.yaml", "contract", "is a robot profile; contracts are in config/contracts"),
        ("policy.yaml", "robot profile", "is a file of a node's parameters; robot profiles are in config/robots"),
        ("experiments/mutual_information_grid.yaml", "configuration", "is an experiment; training configurations"),
    ],
)
def test_a_yaml_file_of_another_kind(path, wanted, said):
    with pytest.raises(FileFormatError, match=said):
        read_yaml(CONFIG / path, wanted)


@pytest.mark.parametrize(
    "folder, wanted",
    [("contracts", "contract"), ("robots", "robot profile"), ("train", "configuration"), ("experiments", "experiment")],
)
def test_every_file_of_the_package_is_of_its_kind(folder, wanted):
    for path in (CONFIG / folder).glob("*.yaml"):
        assert read_yaml(path, wanted)


def test_a_train_configuration_is_no_contract():
    with pytest.raises(FileFormatError, match="is a configuration"):
        Contract.load(str(CONFIG / "train" / "reach.yaml"))


def test_a_folder_is_no_model(tmp_path: Path, monkeypatch):
    folder = tmp_path / "x.onnx"
    folder.mkdir()
    with pytest.raises(FileFormatError, match=r"x\.onnx is a folder; a model is a file, e\.g\. .*NAME\.onnx"):
        model_path(str(folder))
    (folder / "mine.onnx").touch()
    with pytest.raises(FileFormatError, match=r"e\.g\. .*mine\.onnx"):
        model_path(str(folder))
    (tmp_path / "pick").mkdir()
    monkeypatch.chdir(tmp_path)
    assert model_path("pick").is_file(), "a name of the package's goes before a folder of that name"


def test_the_folder_of_a_training_names_its_checkpoint(tmp_path: Path):
    (tmp_path / "checkpoint.pt").touch()
    with pytest.raises(FileFormatError, match=r"folder of a training; its checkpoint is .*/checkpoint\.pt"):
        model_path(str(tmp_path))
