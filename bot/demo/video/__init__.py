"""Real, playable MP4 files: a drawn speaker, the script as captions, and a hummed voice."""

import importlib.util
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.demo.video.speaker import Speaker

__all__ = ["DemoExtraError", "Speaker", "VideoFacts", "make_video", "portrait", "probe", "require_extra", "short_video"]


class DemoExtraError(RuntimeError):
    """PyAV or Pillow is not installed."""


@dataclass(frozen=True)
class VideoFacts:
    """What a video file is: its length in seconds, its size in pixels and in bytes."""

    seconds: float
    width: int
    height: int
    bytes: int


def require_extra() -> None:
    """Raise DemoExtraError unless videos can be made here."""
    missing = [name for name in ("av", "PIL") if importlib.util.find_spec(name) is None]
    if missing:
        raise DemoExtraError(f"the demo draws real videos and needs {' and '.join(missing)}: pip install '.[demo]'")


def make_video(path: Path, *, script: str, speaker: Speaker, language: str, resolution: str = "1080") -> VideoFacts:
    """Write an MP4 in which `speaker` says `script`, at most 20 seconds of it.

    H.264 and AAC with the index in front, as players in a browser want it. The picture is smaller than the
    `resolution` label says, so that a file is made in about a second. Blocks: call it in a worker thread.
    Raises DemoExtraError.
    """
    require_extra()
    from bot.demo.video import film, speech

    film.write(path, speech.plan(script), speaker, language, film.SIZES[resolution])
    return probe(path)


def short_video(
    path: Path,
    *,
    script: str,  # noqa: ARG001 - stands in for make_video, and takes what that takes
    speaker: str,  # noqa: ARG001
    language: str,  # noqa: ARG001
    resolution: str = "1080",  # noqa: ARG001
) -> VideoFacts:
    """Write the same tiny video for every script, for hundreds of exports at once. Raises DemoExtraError."""
    content, facts = _greeting()
    path.write_bytes(content)
    return facts


@lru_cache(maxsize=1)
def _greeting() -> tuple[bytes, VideoFacts]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "greeting.mp4")
        facts = make_video(
            path, script="Hello.", speaker=Speaker("Olivia", "M000000101"), language="en", resolution="480"
        )
        return path.read_bytes(), facts


def portrait(model: str) -> bytes:
    """A square PNG of the avatar of this id, as it looks in its videos. Raises DemoExtraError."""
    require_extra()
    from bot.demo.video import picture

    return picture.portrait(model)


def probe(path: Path) -> VideoFacts:
    """Decode every frame and say what was found. Raises ValueError when picture or sound is missing."""
    require_extra()
    from bot.demo.video import film

    seconds, width, height = film.decode(path)
    return VideoFacts(seconds, width, height, path.stat().st_size)
