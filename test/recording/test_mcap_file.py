"""One episode in one file: round trip, other people's readers, damage."""

import numpy as np
import pytest
from rosbags.rosbag2 import Reader

from midp_ros.core.errors import FileFormatError
from midp_ros.core.stamp import nanoseconds
from midp_ros.recording import read_episode, write_episode


def test_round_trip_is_bit_exact(tmp_path, random_episode):
    episode = random_episode()
    episode.observation[0, 0] = np.nextafter(0.1, 1)
    episode.observation[1, 0] = 5e-324
    write_episode(tmp_path / "a.mcap", episode)
    back = read_episode(tmp_path / "a.mcap")
    assert back.contract == episode.contract and back.info == episode.info
    for name in ("time_s", "observation", "action"):
        assert getattr(back, name).tobytes() == getattr(episode, name).tobytes(), name


def test_simulation_times_keep_their_nanosecond(tmp_path, random_episode):
    episode = random_episode(start_s=0.0)
    write_episode(tmp_path / "a.mcap", episode)
    assert np.abs(read_episode(tmp_path / "a.mcap").time_s - episode.time_s).max() <= 0.5e-9
    assert nanoseconds(0.1 + 0.2) == 300_000_000
    assert nanoseconds(1.7e9 + 0.125) == 1_700_000_000_125_000_000


def test_info_may_hold_numpy_values(tmp_path, random_episode):
    episode = random_episode()
    episode.info.update(seed=np.int64(3), error_m=np.float64(0.5), goal=np.arange(2.0))
    write_episode(tmp_path / "a.mcap", episode)
    info = read_episode(tmp_path / "a.mcap").info
    assert (info["seed"], info["error_m"], info["goal"]) == (3, 0.5, [0.0, 1.0])


def test_rosbags_reads_the_file_and_ros_decodes_it(tmp_path, random_episode):
    serialization = pytest.importorskip("rclpy.serialization")
    from std_msgs.msg import Float64MultiArray

    episode = random_episode(start_s=5.0)
    write_episode(tmp_path / "a.mcap", episode)
    with Reader(tmp_path / "a.mcap") as reader:
        assert {c.msgtype for c in reader.connections} == {"std_msgs/msg/Float64MultiArray"}
        topics = {c.topic for c in reader.connections}
        messages = [(c.topic, t, bytes(data)) for c, t, data in reader.messages()]
    contract = episode.contract
    assert topics == {f"/observation/{e.name}" for e in contract.observation} | {
        f"/action/{e.name}" for e in contract.action
    }
    tool = [(t, data) for topic, t, data in messages if topic == "/observation/tool_position"]
    decoded = [serialization.deserialize_message(data, Float64MultiArray).data for _, data in tool]
    np.testing.assert_array_equal(np.array(decoded), episode.column("tool_position"))
    assert [t for t, _ in tool] == [5_000_000_000 + k * 100_000_000 for k in range(len(episode))]


def test_a_truncated_file_is_named(tmp_path, random_episode):
    path = tmp_path / "a.mcap"
    write_episode(path, random_episode())
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(FileFormatError, match=r"a\.mcap"):
            read_episode(path)


def test_a_flipped_bit_in_the_data_is_noticed(tmp_path, random_episode):
    path = tmp_path / "a.mcap"
    episode = random_episode()
    write_episode(path, episode)
    whole = path.read_bytes()
    noticed = 0
    places = range(0, len(whole), 61)
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        try:
            back = read_episode(path)
        except FileFormatError as e:
            assert "a.mcap" in str(e)
            noticed += 1
        else:  # the summary at the end repeats the data section, and is not read
            np.testing.assert_array_equal(back.observation, episode.observation)
            np.testing.assert_array_equal(back.action, episode.action)
    assert noticed > len(places) / 2


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89MCAP0\r\n" * 2, bytes(1000)])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "b.mcap").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"b\.mcap"):
        read_episode(tmp_path / "b.mcap")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileFormatError, match=r"cannot read episode .*none\.mcap: No such file"):
        read_episode(tmp_path / "none.mcap")


def test_a_foreign_mcap_file_is_refused(tmp_path):
    from mcap.writer import Writer

    writer = Writer(str(tmp_path / "c.mcap"))
    writer.start()
    writer.finish()
    with pytest.raises(FileFormatError, match="lacks 'midp_contract'"):
        read_episode(tmp_path / "c.mcap")


def test_a_file_that_was_cut_off_says_so(tmp_path, random_episode):
    path = tmp_path / "a.mcap"
    write_episode(path, random_episode())
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(FileFormatError, match="it ends too early$"):
        read_episode(path)
