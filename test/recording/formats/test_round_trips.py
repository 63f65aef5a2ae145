"""Sets of ours in every format and back: bit for bit, pictures within the codec's loss."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import sets

from midp_ros.core.contract import ImageEntry
from midp_ros.core.episode import Episode
from midp_ros.core.errors import ContractMismatchError, FileFormatError, OutputError, UnknownNameError
from midp_ros.core.step_times import StepTimeError
from midp_ros.recording.formats import FORMATS, Camera, Demonstration, ReadOptions, format_of, open_set, write_set
from midp_ros.recording.formats.demonstration import images_of

OTHERS = [name for name in FORMATS if name != "mcap"]
VIDEO_LOSS = 3.0  # mean error of smooth pictures [of 255]


@pytest.mark.parametrize("name", FORMATS)
def test_a_set_comes_back_bit_for_bit(tmp_path, name):
    originals = list(sets.demonstrations(4))
    write_set(tmp_path / "set", name, sets.contract(), originals)
    found = open_set(tmp_path / "set")
    assert (found.format, len(found), found.remarks) == (name, 4, ())
    for back, original in zip(found, originals, strict=True):
        sets.assert_same(back.episode, original.episode)
    assert [d.episode.info["seed"] for d in found] == [0, 1, 2, 3], "a set can be read again"


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_pictures_come_back(tmp_path, name):
    originals = list(sets.demonstrations(3, ("front", "wrist")))
    write_set(tmp_path / "set", name, sets.contract(), originals)
    found = open_set(tmp_path / "set")
    assert sorted(found.cameras) == ["front", "wrist"]
    for back, original in zip(found, originals, strict=True):
        sets.assert_same(back.episode, original.episode)
        for camera in found.cameras:
            got, wanted = (d.cameras[camera].array().astype(int) for d in (back, original))
            assert got.shape == wanted.shape
            if name.startswith("lerobot"):
                each = np.abs(got - wanted).mean(axis=(1, 2, 3))
                assert each.max() < VIDEO_LOSS, "another picture than that of the step"
            else:
                np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("name", FORMATS)
def test_images_of_the_contract_come_back_as_its_pictures(tmp_path, name):
    agreed = replace(sets.contract(), images=(ImageEntry("front", (32, 48, 3)),))
    shown = sets.pictures(1, 20)
    original = replace(sets.episode(1, 20), contract=agreed, images={"front": shown})
    write_set(tmp_path / "set", name, agreed, [Demonstration(original, {"front": Camera.of(shown)})])
    found = open_set(tmp_path / "set")
    assert found.cameras == ("front",)
    (back,) = found
    sets.assert_same(back.episode, original)
    got, wanted = (np.asarray(e.images["front"]).astype(int) for e in (back.episode, original))
    assert np.abs(got - wanted).mean(axis=(1, 2, 3)).max() < VIDEO_LOSS * name.startswith("lerobot") + 1e-9
    np.testing.assert_array_equal(back.episode.images["front"][3], got[3])
    assert back.cameras["front"].array().shape == (20, 32, 48, 3)


def test_a_camera_of_another_size_is_resized_for_the_contract(tmp_path):
    write_set(tmp_path / "set", "zarr", sets.contract(), sets.demonstrations(1, ("front",)))
    wanted = replace(sets.contract(), images=(ImageEntry("front", (16, 16, 3)),))
    without = sets.contract()
    (plain,) = open_set(tmp_path / "set", ReadOptions(contract=without))
    assert plain.episode.images == {}
    with pytest.raises(ContractMismatchError, match="images"):
        open_set(tmp_path / "set", ReadOptions(contract=wanted))
    images = images_of(wanted, plain.cameras, len(plain.episode))
    assert np.asarray(images["front"]).shape == (len(plain.episode), 16, 16, 3)


@pytest.mark.parametrize("name", OTHERS)
def test_equal_episodes_keep_their_own_info(tmp_path, name):
    first = sets.episode(1)
    second = Episode(first.contract, first.time_s, first.observation, first.action, {"seed": 7}, "twin")
    write_set(tmp_path / "set", name, first.contract, [Demonstration(first), Demonstration(second)])
    assert [d.episode.info.get("seed") for d in open_set(tmp_path / "set")] == [1, 7]


@pytest.mark.parametrize("name", OTHERS)
def test_a_gap_is_refused_by_name(tmp_path, name):
    whole = sets.episode(0)
    whole.time_s[10:] += 1.0
    with pytest.raises(FileFormatError, match="episode 0: 1.1 s lie between steps 9 and 10.*midp data split"):
        write_set(tmp_path / "set", name, whole.contract, [Demonstration(whole)])
    assert not list(tmp_path.iterdir()), "nothing unfinished stays"


def test_times_that_go_back_are_refused_by_name(tmp_path):
    whole = sets.episode(0)
    whole.time_s[10:] -= 1.0
    with pytest.raises(StepTimeError, match="episode 0: the time of step 10.*goes back.*midp data split"):
        write_set(tmp_path / "set", "zarr", whole.contract, [Demonstration(whole)])


def test_what_is_there_is_never_overwritten(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine").write_text("mine")
    with pytest.raises(OutputError, match="is there already"):
        write_set(tmp_path / "set", "lerobot", sets.contract(), sets.demonstrations())
    assert (tmp_path / "set" / "mine").read_text() == "mine"


def test_a_failure_halfway_leaves_nothing(tmp_path):
    def breaking():
        yield from sets.demonstrations(2)
        raise FileFormatError("the third is damaged")

    for name in FORMATS:
        with pytest.raises(FileFormatError, match="the third"):
            write_set(tmp_path / f"{name}_set", name, sets.contract(), breaking())
    assert not list(tmp_path.iterdir())


def test_other_contracts_and_cameras_are_refused(tmp_path):
    other = Demonstration(sets.episode(5, skill="reach"))
    with pytest.raises(ContractMismatchError, match="episode 5.*skill"):
        write_set(tmp_path / "set", "zarr", sets.contract(), [*sets.demonstrations(1), other])
    with pytest.raises(FileFormatError, match="pictures"):
        mixed = [*sets.demonstrations(1, ("front",)), *sets.demonstrations(1)]
        write_set(tmp_path / "set", "zarr", sets.contract(), mixed)
    write_set(tmp_path / "set", "zarr", sets.contract(), sets.demonstrations())
    with pytest.raises(ContractMismatchError, match="skill"):
        open_set(tmp_path / "set", ReadOptions(contract=sets.contract("reach")))
    with pytest.raises(UnknownNameError, match="lerobot-v2.1"):
        write_set(tmp_path / "other", "lerobot2", sets.contract(), [])


def test_formats_are_recognised_by_content(tmp_path):
    for name in FORMATS:
        write_set(tmp_path / f"{name}_set", name, sets.contract(), sets.demonstrations(1))
    found = {name: format_of(tmp_path / f"{name}_set") for name in FORMATS}
    assert found == {name: name.removesuffix("-v2.1") for name in FORMATS}
    (tmp_path / "text").write_text("no set")
    with pytest.raises(FileFormatError, match="none of the known formats"):
        format_of(tmp_path / "text")
    with pytest.raises(FileFormatError, match="there is no"):
        format_of(tmp_path / "missing")


@pytest.mark.parametrize("name", OTHERS)
def test_damage_is_named(tmp_path, name):
    path = tmp_path / "set"
    write_set(path, name, sets.contract(), sets.demonstrations())
    victim = path if path.is_file() else next(iter(sorted(path.rglob("*.parquet")) or [path / "meta" / ".zgroup"]))
    victim = path / "data/chunk-000/file-000.parquet" if name == "lerobot" else victim
    victim = path / "data/chunk-000/episode_000001.parquet" if name == "lerobot-v2.1" else victim
    if victim.suffix == ".parquet" or victim.is_file() and victim == path:
        victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
    else:
        shutil.rmtree(victim.parent)
    with pytest.raises(FileFormatError, match=str(path)):
        list(open_set(path))
