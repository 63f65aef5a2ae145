"""Pictures to MP4 and back with PyAV; no ROS.

H.264 with a key frame at every second picture, as LeRobot writes, so that single pictures are found fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.errors import FileFormatError
from midp_ros.recording.formats.demonstration import Picture

CODEC, ENCODER, PIXELS = "h264", "libx264", "yuv420p"
OPTIONS = {"crf": "18", "g": "2", "preset": "fast"}


class VideoFile:
    """A video that is written picture by picture.

    Attributes:
        frames, megabytes: pictures and encoded data so far.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], rate_hz: float):
        import av

        height, width, _ = shape
        if height % 2 or width % 2:
            raise FileFormatError(f"pictures of {width} x {height}: H.264 needs even numbers; crop or scale them")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.frames, self.megabytes = path, 0, 0.0
        rate = Fraction(rate_hz).limit_denominator(1001)
        self._time_base = 1 / rate
        self._container: Any = av.open(str(path), "w")
        self._stream: Any = self._container.add_stream(ENCODER, rate=rate, options=dict(OPTIONS))
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, PIXELS
        self._stream.codec_context.time_base = self._time_base

    def add(self, picture: Picture) -> None:
        """Adds the next picture (height, width, 3)."""
        import av

        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts, frame.time_base = self.frames, self._time_base
        self._write(self._stream.encode(frame))
        self.frames += 1

    def close(self) -> None:
        """Writes what is left."""
        self._write(self._stream.encode(None))
        self._container.close()

    def _write(self, packets: Any) -> None:
        for packet in packets:
            self.megabytes += packet.size / 2**20
            self._container.mux(packet)


def pictures(path: Path, from_s: float, count: int, rate_hz: float) -> Iterator[Picture]:
    """So many pictures of a video from a time on; raises FileFormatError where there are fewer."""
    import av

    found = 0
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            begin_s = max(0.0, from_s - 0.5 / rate_hz)
            container.seek(int(begin_s / float(stream.time_base or 1)), stream=stream, backward=True)
            for frame in container.decode(stream):
                if frame.time is None or frame.time < begin_s:
                    continue
                if found == count:
                    return
                found += 1
                yield frame.to_ndarray(format="rgb24")
    except (av.FFmpegError, OSError, IndexError) as e:
        raise FileFormatError(f"cannot read the video {path}: {e}") from None
    if found < count:
        raise FileFormatError(f"{path} has {found} pictures from {from_s:.3f} s on, the episode has {count} steps")
