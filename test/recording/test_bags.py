"""Raw recordings: rosbag2's format, episodes out of them, repair after a kill at any byte, full disks."""

import errno
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from raw_bags import (
    ACTION,
    JOINT_STATE,
    POSE,
    RawRecording,
    action_message,
    header,
    joint_state,
    messages,
    pose_message,
    smooth_episode,
    write_bag,
)

from midp_ros.control.observations.message_values import action_names
from midp_ros.core.contract import Contract
from midp_ros.core.errors import BusyError, ContractMismatchError, FileFormatError, RecordingError
from midp_ros.core.pose import Pose, rotation_about_z
from midp_ros.recording import EpisodeWriter, episode_paths, load_episodes, read_episode, recorded_info, write_episode
from midp_ros.recording.bag.bag_reader import BagReader
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.metadata_file import change_bag_info
from midp_ros.recording.bag.repair import repair, unfinished_bags
from midp_ros.recording.setup import Driver, Setup

PICK = Contract.load("pick")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """An episode and its bag."""
    episode = smooth_episode(PICK)
    return episode, write_bag(tmp_path_factory.mktemp("bags") / "episode_000000", episode, seed=3)


# --- the format ------------------------------------------------------------------------------------------------------
def test_rosbags_reads_every_message(recorded):
    from rosbags.rosbag2 import Reader

    episode, path = recorded
    with Reader(path) as reader:
        assert reader.message_count == 5 * len(episode)
        arm = next(c for c in reader.connections if c.topic == "/franka/joint_states")
        assert arm.msgtype == "sensor_msgs/msg/JointState" and arm.digest.startswith("RIHS01_")
        assert arm.ext.offered_qos_profiles[0].reliability.name == "RELIABLE"
        found = [
            message_types().decode(connection.msgtype, data).position
            for connection, _, data in reader.messages()
            if connection.topic == "/franka/joint_states"
        ]
    np.testing.assert_array_equal(found, episode.column("joint_position"))


def test_the_library_s_reader_finds_index_and_metadata(recorded):
    from mcap.reader import make_reader

    _, path = recorded
    with open(path / "episode_000000_0.mcap", "rb") as file:
        reader = make_reader(file, validate_crcs=True)
        summary = reader.get_summary()
        assert summary.statistics.message_count == 100 and summary.statistics.chunk_count == len(summary.chunk_indexes)
        assert {record.name for record in reader.iter_metadata()} == {"midp_contract", "midp_recording", "midp_info"}
        only = list(reader.iter_messages(topics=[ACTION], starting_at=int(1000.55e9), ending_before=int(1000.95e9)))
        assert len(only) == 4


def test_types_that_rosbags_lacks_are_defined_in_the_bag(tmp_path):
    kind = "franka_msgs/msg/FrankaRobotState"
    assert "std_msgs/Header" in message_types().definition(kind)
    other = type(message_types())()
    other._missing.add(kind)
    other.add(kind, message_types().definition(kind))
    assert other.type_hash(kind) == message_types().type_hash(kind).strip() != ""


# --- episodes --------------------------------------------------------------------------------------------------------
def test_the_episode_comes_out_as_it_was_driven(recorded):
    episode, path = recorded
    found = read_episode(path)
    np.testing.assert_allclose(found.observation, episode.observation, atol=1e-12)
    np.testing.assert_array_equal(found.action, episode.action)
    np.testing.assert_allclose(found.time_s, episode.time_s, atol=1e-9)
    assert found.info == {"task": "pick", "seed": 3, "success": True, "left_out": 0} and found.name == str(path)


def test_both_kinds_stand_in_one_folder(tmp_path, recorded):
    episode, path = recorded
    shutil.copytree(path, tmp_path / "episode_000000")
    write_episode(tmp_path / "episode_000001.mcap", replace(episode, info={"seed": 9}))
    (tmp_path / "episode_000002.part").mkdir()
    assert [p.name for p in episode_paths(tmp_path)] == ["episode_000000", "episode_000001.mcap"]
    assert [info["seed"] for info in recorded_info(tmp_path)] == [3, 9]
    first, second = load_episodes(tmp_path)
    np.testing.assert_allclose(first.observation, second.observation, atol=1e-12)
    assert EpisodeWriter(tmp_path).next_path.name == "episode_000003.mcap"


def test_the_same_bag_under_another_contract_gives_another_episode(recorded):
    episode, path = recorded
    fewer = replace(PICK, rate_hz=5.0, observation=PICK.observation[:4], action=PICK.action[1:])
    found = read_episode(path, fewer)
    assert found.contract == fewer and found.observation.shape == (10, 17) and found.action.shape == (10, 7)
    np.testing.assert_allclose(found.observation, episode.observation[::2, :17], atol=1e-12)
    # The action of a step of 0.2 s is where the arm shall be at its end: that of the second half.
    np.testing.assert_array_equal(found.action, episode.action[1::2, 3:])
    finer = read_episode(path, replace(PICK, rate_hz=20.0))
    assert len(finer) == 2 * len(episode) - 1
    np.testing.assert_array_equal(finer.action[::2], episode.action)
    with pytest.raises(ContractMismatchError, match="of robot 'fr3', the contract of 'panda'"):
        read_episode(path, replace(PICK, robot="panda"))
    assert load_episodes(path.parent, contract=fewer)[0].contract == fewer


def test_a_stream_of_targets_is_laid_onto_the_grid(tmp_path):
    episode, rng = smooth_episode(PICK, steps=11), np.random.default_rng(0)
    driver = Driver("teleop", "/teleop/action", 0.0, "teleop")
    recording = RawRecording(tmp_path / "episode_000000", PICK, Setup("teleop", (driver,)))
    stamps, actions = 1000.0 + 0.01 * np.arange(101), rng.normal(size=(101, PICK.action_size))
    for k, stamp_s in enumerate(stamps):
        if k % 10 == 0:
            recording.step(stamp_s, episode.observation[k // 10], actions[k])
        else:
            recording.put(driver.topic, JOINT_STATE, stamp_s, action_message(PICK, stamp_s, actions[k]))
    found = read_episode(recording.writer.finish({}))
    np.testing.assert_allclose(found.time_s, 1000.0 + 0.1 * np.arange(11), atol=1e-9)
    np.testing.assert_allclose(found.observation, episode.observation, atol=1e-12)
    np.testing.assert_array_equal(found.action, actions[[*range(10, 101, 10), 100]])


def test_the_hand_that_leads_the_arm_gives_the_poses_that_follow(tmp_path):
    contract = replace(PICK, observation=PICK.observation[:4])
    episode = smooth_episode(contract)
    recording = RawRecording(tmp_path / "episode_000000", contract, Setup("guiding"))
    for time_s, vector in zip(episode.time_s, episode.observation, strict=True):
        for topic, kind, data in messages(contract, time_s, vector):
            recording.put(topic, kind, time_s, data)
    path = recording.writer.finish({})
    found = read_episode(path)
    assert len(found) == len(episode) - 2  # the last grid point lies before the last message
    np.testing.assert_array_equal(found.action[:-3], found.observation[3:, 7:])
    less = replace(contract, observation=contract.observation[:3])
    with pytest.raises(FileFormatError, match="does not observe 'gripper_width', which its action needs"):
        read_episode(path, less)


def test_a_take_over_is_labelled_and_the_policy_s_actions_meanwhile_do_not_count(tmp_path):
    episode = smooth_episode(PICK, steps=30)
    policy = Driver("policy", "/policy/action", PICK.step_s, "policy")
    teleop = Driver("teleop", "/teleop/action", 0.0, "correction")
    recording = RawRecording(tmp_path / "episode_000000", PICK, Setup("policy", (policy, teleop)))
    for k, row in enumerate(zip(episode.time_s, episode.observation, episode.action, strict=True)):
        recording.step(*row)
        if 10 <= k < 20:
            for part_s in (0.0, 0.05):
                stamp_s = episode.time_s[k] + part_s
                data = action_message(PICK, stamp_s, np.full(PICK.action_size, float(k)))
                recording.put("/teleop/action", JOINT_STATE, stamp_s, data)
    found = read_episode(recording.writer.finish({}))
    parts = found.info["segments"]
    assert [part["label"] for part in parts] == ["policy", "correction", "policy"]
    assert (parts[1]["start_s"], parts[1]["end_s"]) == pytest.approx((1001.0, 1002.2), abs=0.11)
    np.testing.assert_array_equal(found.action[5], episode.action[5])
    np.testing.assert_array_equal(found.action[14], np.full(PICK.action_size, 15.0))


def test_frames_come_through_the_recorded_transforms(tmp_path):
    reach = Contract.load("reach")
    episode, camera = smooth_episode(reach), Pose(np.array([0.3, 0.1, 0.7]), rotation_about_z(1.0))
    part = message_types().part
    recording = RawRecording(tmp_path / "episode_000000", reach)
    x, y, z = (float(v) for v in camera.position_m)
    i, j, k, w = (float(v) for v in camera.quaternion)
    transform = part(
        "geometry_msgs/msg/TransformStamped", header=header(0.0, "fr3_link0"), child_frame_id="camera",
        transform=part(
            "geometry_msgs/msg/Transform", translation=part("geometry_msgs/msg/Vector3", x=x, y=y, z=z),
            rotation=part("geometry_msgs/msg/Quaternion", x=i, y=j, z=k, w=w),
        ),
    )  # fmt: skip
    kind = "tf2_msgs/msg/TFMessage"
    recording.put("/tf_static", kind, 999.0, message_types().encode(kind, transforms=[transform]))
    for time_s, vector, action in zip(episode.time_s, episode.observation, episode.action, strict=True):
        for topic, kind, data in messages(reach, time_s, vector):
            if topic == "/task/goal_pose":
                goal = message_types().decode(POSE, data).pose
                seen = camera.inverse() @ Pose.from_quaternion(
                    np.array([goal.position.x, goal.position.y, goal.position.z]),
                    [goal.orientation.x, goal.orientation.y, goal.orientation.z, goal.orientation.w],
                )
                data = pose_message(time_s, seen, "camera")
            recording.put(topic, kind, time_s, data)
        recording.put(ACTION, JOINT_STATE, time_s, action_message(reach, time_s, action))
    found = read_episode(recording.writer.finish({}))
    np.testing.assert_allclose(found.observation, episode.observation, atol=1e-9)


def test_steps_without_a_fresh_observation_are_left_out(tmp_path):
    episode = smooth_episode(PICK, steps=20)
    recording = RawRecording(tmp_path / "episode_000000", PICK)
    for k, row in enumerate(zip(episode.time_s, episode.observation, episode.action, strict=True)):
        if k < 3 or k > 12:
            recording.step(*row)
        else:
            recording.put(ACTION, JOINT_STATE, row[0], action_message(PICK, row[0], row[2]))
    found = read_episode(recording.writer.finish({}))
    assert found.info["left_out"] == 6 and len(found) == 14  # those of up to 0.5 s are still of use


# --- faults ----------------------------------------------------------------------------------------------------------
def unfinished(tmp_path, episode, flush_every=5):
    """The folder of a recorder that was killed, and how many messages its file holds at which size."""
    recording, sizes = RawRecording(tmp_path / "episode_000000", episode.contract, seed=1), []
    for k, row in enumerate(zip(episode.time_s, episode.observation, episode.action, strict=True)):
        recording.step(*row)
        if k % flush_every == flush_every - 1:
            recording.writer.flush()
            sizes.append((recording.writer._file.tell(), recording.writer.messages))
    return recording.writer.unfinished, sizes


@pytest.mark.slow
def test_a_kill_at_any_byte_loses_only_what_was_not_whole(tmp_path):
    folder, sizes = unfinished(tmp_path, smooth_episode(PICK, steps=20))
    whole = (folder / "episode_000000_0.mcap").read_bytes()
    places = np.unique(np.linspace(sizes[0][0], len(whole), 25).astype(int))
    for place in places:
        trial = tmp_path / f"trial_{place}" / "episode_000000.part"
        shutil.copytree(folder, trial)
        (trial / "episode_000000_0.mcap").write_bytes(whole[:place])
        done = repair(trial)
        least = max(messages for size, messages in sizes if size <= place)
        assert done.path == trial.with_suffix("") and not trial.exists() and done.messages >= least
        found = read_episode(done.path)
        assert len(found) >= least // 5 and found.info["recovered"] and found.info["seed"] == 1
        assert "success" not in found.info
        shutil.rmtree(trial.parent)


def test_a_kill_before_anything_was_written_is_named(tmp_path):
    folder, _ = unfinished(tmp_path, smooth_episode(PICK, steps=2))
    with pytest.raises(FileFormatError, match="holds no whole message; remove it"):
        repair(folder)
    assert unfinished_bags(tmp_path) == [folder]
    assert sorted(p.name for p in folder.iterdir()) == [".reserve", "episode_000000_0.mcap"]
    with pytest.raises(FileFormatError, match="holds unfinished recordings only; `midp data repair"):
        load_episodes(tmp_path)
    with pytest.raises(FileFormatError, match="is no finished bag.*midp data repair"):
        read_episode(folder)


def test_a_bag_without_its_metadata_file_is_found_and_repaired(tmp_path):
    folder, _ = unfinished(tmp_path, smooth_episode(PICK, steps=20))
    bag = repair(folder).path
    assert unfinished_bags(tmp_path) == []
    (bag / "metadata.yaml").unlink()
    assert unfinished_bags(tmp_path) == [bag]
    assert repair(bag).path == bag and len(read_episode(bag)) and unfinished_bags(tmp_path) == []


def test_a_damaged_chunk_is_left_out_and_named(tmp_path):
    folder, sizes = unfinished(tmp_path, smooth_episode(PICK, steps=20))
    path = folder / "episode_000000_0.mcap"
    content = bytearray(path.read_bytes())
    content[(sizes[1][0] + sizes[2][0]) // 2] ^= 0xFF
    path.write_bytes(content)
    done = repair(folder)
    assert done.messages == 75 and len(done.damages) == 1
    assert read_episode(done.path).info["recovered"]


def test_a_finished_bag_survives_its_repair_and_a_damaged_one_names_it(tmp_path, recorded):
    episode, path = recorded
    copy = shutil.copytree(path, tmp_path / "episode_000000")
    done = repair(copy)
    assert done.path == copy and done.messages == 100 and not done.damages
    found = read_episode(copy)
    assert found.success and "recovered" not in found.info
    np.testing.assert_array_equal(found.action, episode.action)
    file = copy / "episode_000000_0.mcap"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(FileFormatError, match="is damaged: .*midp data repair .*episode_000000"):
        read_episode(copy)
    file.write_bytes(b"not an episode")
    with pytest.raises(FileFormatError, match="episode_000000.*it is no MCAP file"):
        read_episode(copy)
    (copy / "metadata.yaml").write_text("nothing")
    with pytest.raises(FileFormatError, match="is no metadata of a bag"):
        recorded_info(tmp_path)


def test_a_bag_that_is_being_recorded_is_not_repaired(tmp_path, monkeypatch):
    folder, _ = unfinished(tmp_path, smooth_episode(PICK, steps=10))

    def busy(path):
        raise BusyError(f"another process writes into {path}")

    monkeypatch.setattr("midp_ros.recording.bag.repair.lock_folder", busy)
    with pytest.raises(BusyError):
        repair(folder)


def test_a_full_disk_in_an_episode_leaves_a_whole_bag(tmp_path):
    episode = smooth_episode(PICK, steps=20)
    recording = RawRecording(tmp_path / "episode_000000", PICK)
    rows = list(zip(episode.time_s, episode.observation, episode.action, strict=True))
    for row in rows[:10]:
        recording.step(*row)
    recording.writer.flush()
    for row in rows[10:]:
        recording.step(*row)
    file, room = recording.writer._stream._stream, [10]

    class Full:
        def __getattr__(self, name):
            return getattr(file, name)

        def write(self, data):
            if room:
                file.write(data[: room.pop()])
                raise OSError(errno.ENOSPC, "No space left on device")
            return file.write(data)

    recording.writer._stream._stream = Full()
    with pytest.raises(RecordingError, match="No space left on device; finished episodes are kept"):
        recording.writer.flush()
    assert (recording.writer.unfinished / ".reserve").exists()
    path = recording.writer.finish({"ended_by": "disk full"})
    assert len(read_episode(path)) == 20 and read_episode(path).info["ended_by"] == "disk full"
    assert repair(path).damages == ()


def test_a_chunk_for_which_not_even_the_reserve_is_enough_is_dropped_and_counted(tmp_path):
    recording = RawRecording(tmp_path / "episode_000000", PICK)
    episode = smooth_episode(PICK, steps=10)
    rows = list(zip(episode.time_s, episode.observation, episode.action, strict=True))
    recording.step(*rows[0])
    recording.writer.flush()
    recording.step(*rows[1])
    stream = recording.writer._stream
    flush, refusals = stream.flush, [1]

    def full():
        if refusals:
            refusals.pop()
            raise OSError(errno.ENOSPC, "No space left on device")
        flush()

    stream.flush = full
    path = recording.writer.finish({})
    assert BagReader(path).info["dropped_at_end"] == 5 and len(read_episode(path)) == 1


def test_a_label_changes_without_the_messages(tmp_path, recorded):
    _, path = recorded
    copy = shutil.copytree(path, tmp_path / "episode_000000")
    before = (copy / "episode_000000_0.mcap").read_bytes()
    change_bag_info(copy, {**BagReader(copy).info, "success": False, "note": "slipped"})
    assert read_episode(copy).failed and read_episode(copy).info["note"] == "slipped"
    assert (copy / "episode_000000_0.mcap").read_bytes() == before
    assert json.loads(json.dumps(BagReader(copy).metadata("midp_recording")))["source"] == "expert"


FOREIGN = {
    "empty": ([], []),
    "of another contract": (["tool_position[0]"], [1.0]),
    "without numbers": (action_names(PICK), []),
    "with too many": (action_names(PICK), [0.0] * 50),
    "with NaN": (action_names(PICK), [float("nan")] * PICK.action_size),
    "infinite": (action_names(PICK), [float("inf")] * PICK.action_size),
    "with a name twice": (["tool_position[0]"] * PICK.action_size, [0.0] * PICK.action_size),
}


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_action_is_left_out_and_counted(tmp_path, foreign):
    episode = smooth_episode(PICK, steps=4)
    recording = RawRecording(tmp_path / "episode_000000", PICK)
    for k, row in enumerate(zip(episode.time_s, episode.observation, episode.action, strict=True)):
        recording.step(*row)
        if k == 1:
            recording.put(ACTION, JOINT_STATE, row[0] + 0.05, joint_state(row[0] + 0.05, *foreign))
    found = read_episode(recording.writer.finish({}))
    np.testing.assert_array_equal(found.action, episode.action)
    assert found.info["left_out"] == 1


def test_actions_whose_stamps_do_not_rise_are_left_out(tmp_path):
    episode = smooth_episode(PICK, steps=5)
    recording = RawRecording(tmp_path / "episode_000000", PICK)
    for k, stamp_s in enumerate((1000.0, 1000.1, 1000.1, 1000.05, 1000.2)):
        received_s = 1000.0 + 0.05 * k
        for topic, kind, data in messages(PICK, received_s, episode.observation[k]):
            recording.put(topic, kind, received_s, data)
        recording.put(ACTION, JOINT_STATE, received_s, action_message(PICK, stamp_s, episode.action[k]))
    found = read_episode(recording.writer.finish({}))
    assert len(found) == 3 and found.info["left_out"] == 2
    np.testing.assert_array_equal(found.action, episode.action[[0, 1, 4]])
