"""Episodes to and from files that ROS tools read; imports core, kinematics, control, mcap and rosbags, no ROS.

directory    the episodes of a folder, of both kinds
mcap_file, vector_message, writer   files of steps at the contract's rate
bag          raw messages in rosbag2 folders
formats      sets in LeRobotDataset v3.0 and v2.1, zarr and HDF5
setup, recorded_actions, recorded_events, resampling   from raw messages to an episode
session, episode_report   episodes one after the other, and what each is worth
"""

from midp_ros.recording.directory import episode_paths, load_episodes, read_episode, recorded_info
from midp_ros.recording.mcap_file import write_episode
from midp_ros.recording.writer import EpisodeWriter

__all__ = ["EpisodeWriter", "episode_paths", "load_episodes", "read_episode", "recorded_info", "write_episode"]
