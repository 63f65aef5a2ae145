"""From the raw messages of a bag to an episode at a contract's rate; imports control and kinematics, no ROS.

Observations are those of control.observations, as a policy node and its observation monitor have them: what had arrived
at a step's time, the newest message of each topic, in the contract's frames. The contract is the recorded one, or
another one on the same topics: another rate, fewer entries.

| driver | steps | action of step t_k |
|---|---|---|
| at the contract's rate (expert, policy) | the stamps of its actions | the action of that stamp |
| at another rate (teleoperation) | a grid from the first action on | the newest one up to t_k + step - driver's step |
| none: the arm is guided by hand | a grid from the first message on | the observation GUIDED_AHEAD_STEPS later |
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.control.observations.history import ObservationHistory
from midp_ros.control.observations.message_values import transforms_from_message
from midp_ros.control.supervision.observation_monitor import ObservationMonitor
from midp_ros.control.supervision.observation_monitor import pictures as observed_pictures
from midp_ros.core.arrays import Array, Picture, Pictures
from midp_ros.core.contract import Contract
from midp_ros.core.episode import GUIDED_AHEAD_STEPS, Episode
from midp_ros.core.errors import ContractMismatchError, FileFormatError
from midp_ros.core.stamp import seconds
from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.naming import named
from midp_ros.kinematics.transform_buffer import TransformBuffer
from midp_ros.recording.bag import pictures
from midp_ros.recording.bag.bag_reader import BagReader
from midp_ros.recording.bag.mcap_scan import RawMessage
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.recorded_actions import Actions, segments
from midp_ros.recording.recorded_events import kept_from_s, labelled_segments, read_events
from midp_ros.recording.setup import Setup
from midp_ros.recording.stored_pictures import on_disk

TF, TF_STATIC = "/tf", "/tf_static"
Observed = tuple[Array, dict[str, Picture]]  # vector and images at a step
Columns = tuple[Array, Array, dict[str, Pictures], Array, int]  # times, observations, images, actions, left out
LONGEST_GAP_S = 10.0  # between messages, over which the grid of a guided episode goes on


def resample(path: str | Path, contract: Contract | None = None) -> Episode:
    """Reads a bag as an episode.

    Args:
        contract: what the episode shall hold; None: the recorded one.

    Raises:
        FileFormatError: no bag of the recorder, damaged, or without a single whole step; says what is missing.
        ContractMismatchError: the contract is of another robot.
        ContractError: it observes what no reader knows.
    """
    reader = BagReader(path)
    recorded = Contract.from_dict(reader.metadata("midp_contract"))
    setup = Setup.from_plain(reader.metadata("midp_recording"))
    contract = recorded if contract is None else contract
    if contract.robot != recorded.robot:
        raise ContractMismatchError(f"bag {path} is of robot {recorded.robot!r}, the contract of {contract.robot!r}")
    actions = Actions.read(reader, setup.drivers, contract)
    replay = _Replay(reader, contract, setup)
    columns = replay.guided() if setup.guided else replay.driven(actions)
    times, observations, images, issued, left_out = columns
    events = read_events(reader)
    whole = times >= kept_from_s(events)
    times, observations, issued = times[whole], observations[whole], issued[whole]
    if not len(times):
        raise FileFormatError(f"bag {path} has no whole step: {replay.reason or 'no action was recorded'}")
    info = {**reader.info, "left_out": left_out + (0 if setup.guided else actions.left_out)}
    if parts := labelled_segments(events, times) or segments(actions, setup.drivers, times):
        info["segments"] = parts
    kept = {name: on_disk(pictures[whole], str(path)) for name, pictures in images.items()}
    return Episode(contract, times, observations, issued, info, str(path), kept)


def recorded_profile(reader: BagReader, contract: Contract) -> RobotProfile:
    """The robot that a bag is of: it carries the profile, so that this machine need not know it."""
    if not reader.has_metadata("midp_robot"):
        return RobotProfile.load(contract.robot)
    return RobotProfile.from_text(reader.metadata("midp_robot")["profile"], str(reader.path))


class _Replay:
    """A bag's messages, in their order, through the code that observes."""

    def __init__(self, reader: BagReader, contract: Contract, setup: Setup):
        self._reader, self._transforms = reader, TransformBuffer()
        profile = named(recorded_profile(reader, contract), setup.robot_type, setup.arm_prefix)
        self.contract, moved = contract, contract.in_namespace(setup.namespace)
        self._max_age_s = setup.max_observation_age_s
        self._history = ObservationHistory(moved, profile, self._transforms, self._decode)
        self._monitor = ObservationMonitor(moved, self._max_age_s)
        self._topics = {entry.topic for entry in moved.observed}
        # What was compressed while it was recorded.
        self._pictures = {
            topic + pictures.SUFFIX: topic
            for topic in self._topics
            if topic not in reader.kinds and reader.kinds.get(topic + pictures.SUFFIX) == pictures.COMPRESSED
        }
        self.reason = ""  # why the last step that was left out was

    def driven(self, actions: Actions) -> Columns:
        """Times, observations, images and actions of the driver's steps, and how many were left out."""
        times, chosen = actions.steps(self.contract.step_s, self._max_age_s)
        observed = self._observe(times)
        kept = [k for k, each in enumerate(observed) if each is not None]
        left_out = len(times) - kept[0] - len(kept) if kept else len(times)  # before the first one all is yet to come
        return times[kept], *self._stack([observed[k] for k in kept]), chosen[kept], left_out

    def guided(self) -> Columns:
        """Times, observations and images on a grid, each with an observation that follows as its action."""
        stamps = [seconds(m.log_ns) for _, m in self._reader.messages(self._topics)]
        if not stamps:
            return np.empty(0), *self._stack([]), np.empty((0, self.contract.action_size)), 0
        times = np.concatenate([np.arange(a, b, self.contract.step_s) for a, b in _pieces(np.sort(stamps))])
        observed = self._observe(times)
        places = np.concatenate([self._place_of_action(entry.name) for entry in self.contract.action])
        joined = np.diff(times) < 1.5 * self.contract.step_s  # an action never lies beyond a gap
        follows = [bool(j) and each is not None for j, each in zip(joined, observed[1:], strict=True)]
        kept = [k for k, follow in enumerate(follows) if follow and observed[k] is not None]
        vectors, images = self._stack([observed[k] for k in kept])
        following, _ = self._stack([observed[_ahead(follows, k)] for k in kept])
        first = next((k for k, each in enumerate(observed) if each is not None), len(times))
        return times[kept], vectors, images, following[:, places], max(0, len(times) - 1 - first) - len(kept)

    def _observe(self, times: Array) -> list[Observed | None]:
        """Observations at rising times [s]; None where a policy would have held the arm."""
        found: list[Observed | None] = []
        topics = {*self._topics, *self._pictures, TF, TF_STATIC}
        for topic, message in self._reader.messages(topics):
            received_s = seconds(message.log_ns)
            while len(found) < len(times) and times[len(found)] < received_s:
                found.append(self._observation(times[len(found)]))
            self._put(topic, received_s, message)
        while len(found) < len(times):
            found.append(self._observation(times[len(found)]))
        return found

    def _observation(self, time_s: float) -> Observed | None:
        samples = self._history.samples(time_s)
        vector = self._monitor.observe(time_s, samples)
        if vector is None:
            self.reason = self._monitor.reason
            return None
        return vector, observed_pictures(self.contract, samples)

    def _put(self, topic: str, received_s: float, message: RawMessage) -> None:
        if topic in (TF, TF_STATIC):
            for parent, child, pose, time_s in transforms_from_message(self._decode(topic, message.data)):
                self._transforms.put(parent, child, pose, None if topic == TF_STATIC else time_s)
        if (observed := self._pictures.get(topic, topic)) in self._topics:
            self._history.put(observed, received_s, message.data)

    def _decode(self, topic: str, data: Any) -> Any:
        if topic in self._pictures.values():
            return pictures.decompressed(data)
        return message_types().decode(self._reader.kinds[topic], data)

    def _stack(self, observed: Sequence[Observed | None]) -> tuple[Array, dict[str, Pictures]]:
        there = [each for each in observed if each is not None]
        vectors = np.array([vector for vector, _ in there], float).reshape(len(there), self.contract.observation_size)
        images = {
            image.name: np.array([found[image.name] for _, found in there], np.uint8).reshape(-1, *image.shape)
            for image in self.contract.images
        }
        return vectors, images

    def _place_of_action(self, name: str) -> np.ndarray:
        place = self.contract.observation_slices.get(name)
        if place is None:
            raise FileFormatError(
                f"bag {self._reader.path}: the arm was guided, and the contract does not observe {name!r}, which its "
                f"action needs; it observes {', '.join(self.contract.observation_slices)}"
            )
        return np.arange(place.start, place.stop)


def _ahead(follows: Sequence[bool], step: int) -> int:
    """The step that the hand led to: GUIDED_AHEAD_STEPS later, or the last one before a gap.

    Args:
        follows: whether each step is followed by another one.
    """
    end = step + 1
    while end < min(step + GUIDED_AHEAD_STEPS, len(follows)) and follows[end]:
        end += 1
    return end


def _pieces(stamps: Array) -> list[tuple[float, float]]:
    """First and last of the sorted stamps [s] of each piece without a long gap: a clock that was set leaves years."""
    ends = np.flatnonzero(np.diff(stamps) > LONGEST_GAP_S)
    firsts, lasts = [0, *(ends + 1)], [*ends, len(stamps) - 1]
    return [(float(stamps[a]), float(stamps[b])) for a, b in zip(firsts, lasts, strict=True)]
