"""Episodes to and from MCAP files that ROS tools read; imports core, mcap and rosbags, no ROS."""

from midp_ros.recording.directory import load_episodes, recorded_info
from midp_ros.recording.mcap_file import read_episode, write_episode
from midp_ros.recording.writer import EpisodeWriter

__all__ = ["EpisodeWriter", "load_episodes", "recorded_info", "read_episode", "write_episode"]
