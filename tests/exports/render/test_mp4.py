"""The duration of a video, read from its bytes as they pass."""

from __future__ import annotations

import struct
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.video import short_video
from bot.exports.render.mp4 import DurationProbe


def box(kind: bytes, *inside: bytes, large: bool = False) -> bytes:
    """An ISO box; a large one has its size in 64 bits."""
    payload = b"".join(inside)
    if large:
        return struct.pack(">I4sQ", 1, kind, len(payload) + 16) + payload
    return struct.pack(">I4s", len(payload) + 8, kind) + payload


def mvhd(*, scale: int, length: int, version: int = 0, large: bool = False) -> bytes:
    """The movie header (ISO/IEC 14496-12, 8.2.2): `length` in units of 1/`scale` s."""
    times = struct.pack(">QQIQ" if version else ">IIII", 11, 12, scale, length)
    return box(b"mvhd", bytes([version, 0, 0, 0]), times, bytes(80), large=large)


def film(header: bytes, *, large: bool = False, index_first: bool = True) -> bytes:
    """A file around a movie header; the boxes around it hold misleading bytes."""
    decoy = mvhd(scale=1, length=99)
    index = box(b"moov", box(b"free", decoy), header, box(b"trak", decoy), large=large)
    data = box(b"mdat", decoy * 9, large=large)
    return box(b"ftyp", b"isomisom") + (index + data if index_first else data + index)


def probed(*pieces: bytes) -> float | None:
    """The seconds after these pieces."""
    probe = DurationProbe()
    for piece in pieces:
        probe.feed(piece)
    return probe.seconds


def cut(content: bytes, places: list[int]) -> list[bytes]:
    """The content in pieces; an empty piece where a place comes twice."""
    edges = [0, *sorted(place % (len(content) + 1) for place in places), len(content)]
    return [content[start:end] for start, end in pairwise(edges)]


PLACES = st.lists(st.integers(0, 5000), max_size=40)


@settings(deadline=None)
@given(
    places=PLACES,
    version=st.sampled_from([0, 1]),
    large=st.booleans(),
    index_first=st.booleans(),
    scale=st.integers(1, 90_000),
    length=st.integers(1, 2**31),
)
def test_any_pieces_give_the_same_answer(
    places: list[int], version: int, large: bool, index_first: bool, scale: int, length: int
) -> None:
    """Both versions, both kinds of sizes, the index at either end: however the bytes are cut."""
    header = mvhd(scale=scale, length=length, version=version, large=large)
    content = film(header, large=large, index_first=index_first)
    assert probed(*cut(content, places)) == length / scale


def test_byte_by_byte() -> None:
    """Single bytes are pieces too."""
    content = film(mvhd(scale=1000, length=12_500))
    assert probed(*(content[place : place + 1] for place in range(len(content)))) == 12.5


def test_long_films_need_64_bits() -> None:
    """A length beyond 32 bits is read whole."""
    assert probed(film(mvhd(scale=90_000, length=2**40, version=1))) == 2**40 / 90_000


@pytest.mark.parametrize(("version", "unknown"), [(0, 2**32 - 1), (1, 2**64 - 1)])
def test_an_unknown_duration_is_none(version: int, unknown: int) -> None:
    """All ones mean that the writer could not tell (ISO/IEC 14496-12, 8.2.2.3)."""
    assert probed(film(mvhd(scale=1000, length=unknown, version=version))) is None


def test_no_scale_is_no_duration() -> None:
    """A time scale of zero divides nothing."""
    assert probed(film(mvhd(scale=0, length=5))) is None


@settings(deadline=None)
@given(content=st.binary(max_size=400), places=PLACES)
def test_garbage_is_no_duration_and_no_error(content: bytes, places: list[int]) -> None:
    """Bytes of any kind raise nothing and give the same answer in any pieces."""
    assert probed(*cut(content, places)) == probed(content)


@settings(deadline=None)
@given(end=st.integers(0, 10_000), version=st.sampled_from([0, 1]))
def test_a_truncated_film_is_no_error(end: int, version: int) -> None:
    """A film cut off anywhere has its duration or none, never a wrong one."""
    content = film(mvhd(scale=10, length=55, version=version))
    assert probed(content[: end % (len(content) + 1)]) in (None, 5.5)


@settings(deadline=None)
@given(noise=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8))
def test_a_damaged_film_is_no_error(noise: list[tuple[int, int]]) -> None:
    """Altered bytes raise nothing."""
    content = bytearray(film(mvhd(scale=10, length=55)))
    for place, value in noise:
        content[place % len(content)] = value
    seconds = probed(bytes(content))
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"<!DOCTYPE html>", id="web page"),
        pytest.param(struct.pack(">I4s", 2**32 - 1, b"mdat"), id="huge box"),
        pytest.param(struct.pack(">I4sQ", 1, b"mdat", 2**63), id="huge 64-bit box"),
        pytest.param(struct.pack(">I4s", 2**32 - 1, b"moov"), id="huge index"),
        pytest.param(struct.pack(">I4s", 0, b"mdat"), id="box to the end"),
        pytest.param(struct.pack(">I4s", 9, b"mvhd"), id="tiny header"),
    ],
)
def test_nothing_piles_up_in_memory(start: bytes) -> None:
    """Megabytes pass by and leave no more than a few dozen bytes behind."""
    probe, piece = DurationProbe(), bytes(64 * 1024)
    probe.feed(start)
    probe.feed(piece)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(200):
            probe.feed(piece)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 4096


def test_a_real_film(tmp_path: Path) -> None:
    """The probe agrees with a decoder that saw every frame."""
    facts = short_video(tmp_path / "film.mp4", script="", speaker="", language="en")
    seconds = probed((tmp_path / "film.mp4").read_bytes())
    assert seconds == pytest.approx(facts.seconds, abs=0.2)
