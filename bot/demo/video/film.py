"""Writing and reading back MP4 files with PyAV."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import pi, pow, sin
from pathlib import Path

import av
from PIL import Image

from bot.demo.video.picture import Studio
from bot.demo.video.speaker import Speaker
from bot.demo.video.speech import Speech, Syllable

FRAMES_PER_SECOND = 12
SAMPLES_PER_SECOND = 16_000
SAMPLES_PER_FRAME = 1024
BLINK_EVERY_FRAMES = 38
BLINK_FRAMES = 2
LOUDNESS = 0.16
# The labels of the export request and the smaller picture that stands in for each.
SIZES = {"4k": (1280, 720), "1080": (960, 540), "720": (640, 360), "480": (426, 240)}

_CYCLE = 1024


def write(path: Path, speech: Speech, speaker: Speaker, language: str, size: tuple[int, int]) -> None:
    """Film the speech into an MP4 file."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.options = {"preset": "veryfast", "crf": "24"}
        audio = container.add_stream("aac", rate=SAMPLES_PER_SECOND, layout="mono", bit_rate=32_000)
        for picture in _pictures(speech, Studio(speaker, language, size)):
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        for sound in _sounds(voice(speech, speaker)):
            container.mux(audio.encode(sound))
        container.mux(audio.encode(None))


def _pictures(speech: Speech, studio: Studio) -> Iterator[av.VideoFrame]:
    to_frame: Callable[[Image.Image], av.VideoFrame] = av.VideoFrame.from_image
    for number in range(round(speech.seconds * FRAMES_PER_SECOND)):
        at = number / FRAMES_PER_SECOND
        caption = speech.caption(at)
        image = studio.frame(
            speech.openness(at),
            blinking=number % BLINK_EVERY_FRAMES >= BLINK_EVERY_FRAMES - BLINK_FRAMES,
            lines=caption.lines if caption else (),
        )
        frame = to_frame(image)
        frame.pts = number
        frame.time_base = Fraction(1, FRAMES_PER_SECOND)
        yield frame


def voice(speech: Speech, speaker: Speaker) -> array[float]:
    """A hum with one swell per syllable, at a pitch of the speaker's own; samples from -1 to 1."""
    samples = array("f", bytes(4 * round(speech.seconds * SAMPLES_PER_SECOND)))
    pitch = 115 + hashlib.sha256(speaker.model.encode()).digest()[5] * 0.4
    cycle = [_timbre(2 * pi * step / _CYCLE) for step in range(_CYCLE)]
    phase = 0.0
    for number, syllable in enumerate(speech.syllables):
        melody = 1 + 0.1 * sin(number * 0.9) + 0.05 * sin(number * 2.3)
        phase = _hum(samples, syllable, cycle, phase, pitch * melody)
    return samples


def _timbre(angle: float) -> float:
    return LOUDNESS * sum(sin(overtone * angle) / pow(overtone, 1.4) for overtone in range(1, 7))


def _hum(samples: array[float], syllable: Syllable, cycle: list[float], phase: float, pitch: float) -> float:
    start = round(syllable.start * SAMPLES_PER_SECOND)
    end = min(round(syllable.end * SAMPLES_PER_SECOND), len(samples))
    step = pitch * _CYCLE / SAMPLES_PER_SECOND
    for index in range(start, end):
        phase += step
        swell = sin(pi * (index - start) / (end - start))
        samples[index] = swell * swell * cycle[int(phase) % _CYCLE]
    return phase % _CYCLE


def _sounds(samples: array[float]) -> Iterator[av.AudioFrame]:
    samples.extend([0.0] * (-len(samples) % SAMPLES_PER_FRAME))
    for start in range(0, len(samples), SAMPLES_PER_FRAME):
        frame = av.AudioFrame(format="fltp", layout="mono", samples=SAMPLES_PER_FRAME)
        frame.planes[0].update(samples[start : start + SAMPLES_PER_FRAME].tobytes())
        frame.sample_rate = SAMPLES_PER_SECOND
        frame.pts = start
        frame.time_base = Fraction(1, SAMPLES_PER_SECOND)
        yield frame


def decode(path: Path) -> tuple[float, int, int]:
    """Seconds, width and height, after decoding both streams. Raises ValueError when one is missing."""
    with av.open(str(path)) as container:
        if not container.streams.video or not container.streams.audio:
            raise ValueError(f"{path.name} lacks a picture or a sound")
        video = container.streams.video[0]
        for frame in container.decode():
            seconds = max(float(frame.time or 0), 0)
    return seconds, video.width, video.height
