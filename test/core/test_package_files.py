"""The package's own files are found, and a wrong name lists the right ones."""

import pytest

from midp_ros.core.errors import FileFormatError
from midp_ros.core.package_files import model_path, package_path


def test_finds_a_file_of_the_package():
    assert "skill: pick" in package_path("config", "contracts", "pick.yaml").read_text()


def test_a_missing_file_lists_its_folder():
    with pytest.raises(FileFormatError, match="pick.yaml"):
        package_path("config", "contracts", "no_such.yaml")


def test_an_unknown_model_lists_the_models_alone():
    with pytest.raises(FileFormatError, match=r"there is no model 'nope'; models/ has .*reach, reach_10step;") as error:
        model_path("nope")
    assert "json" not in str(error.value)


def test_a_missing_folder_lists_the_nearest_one():
    with pytest.raises(FileFormatError, match="config holds: .*contracts"):
        package_path("config", "no_such_folder", "file.yaml")
