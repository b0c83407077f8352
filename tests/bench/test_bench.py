"""The benches' own tools: what they compute is right, and what they copy is what they say."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest
import pytest_asyncio

from bot.database import closed, opened
from bot.exports.history.records import Records
from bot.exports.models import Outcome, Progress
from tests.bench.__main__ import BENCHES, main
from tests.bench.copied_exports import CopiedExports, Values, as_it_was, copy_id
from tests.bench.plot import write
from tests.bench.report import Findings, Plot, Row, Sample, table
from tests.bench.scene import Size
from tests.exports.fakes.world import FakeClock
from tests.exports.history.past import SERIALIZER, Past, idle_engine

HOME = "T0AVATARS-V1"
POINTS = [(1000.0, 7.0), (100_000.0, 9.0)]


def drawing(path: Path) -> ElementTree.Element:
    """Raises ElementTree.ParseError when it is no well-formed image."""
    return ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - drawn here, by nobody else


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.1, 2.0), (0.5, 6.0), (0.99, 10.0), (1.0, 10.0)])
def test_quantiles_of_a_sample(share: float, value: float) -> None:
    """In whatever order they came; the last ones name the largest."""
    sample = Sample([4.0, 10.0, 1.0, 9.0, 2.0, 8.0, 3.0, 7.0, 5.0, 6.0])
    assert sample.quantile(share) == value


def test_a_sample_in_words() -> None:
    """The median, and between what most lie, in the unit that is asked for."""
    assert Sample([0.001, 0.002, 0.009]).text(" ms", scale=1000) == "2.0 ms (1.0–9.0)"


def test_the_table_is_aligned_and_says_the_verdicts() -> None:
    """Every line is as wide as the others; a row that is no target has no verdict."""
    rows = [Row("a long name", "", "", "1 ms", True), Row("b", "c", "d", "2", False), Row("e", "", "", "3", None)]
    lines = table(rows).splitlines()
    assert len({len(line) for line in lines}) == 1
    verdicts = [line.split("|")[5].strip() for line in lines[2:]]
    assert verdicts == ["met", "missed", ""]


@pytest.mark.parametrize(
    "points",
    [POINTS, [(1.0, 0.0), (2.0, 5.0)], [(1.0, 0.0)]],
    ids=["over powers of ten", "from zero", "one point at zero"],
)
def test_a_plot_is_an_image_with_all_of_its_points(tmp_path: Path, points: list[tuple[float, float]]) -> None:
    """It is well-formed, shows each point within the picture, and escapes what it is called."""
    path = write(Plot("growth", "A < B & C", "finished", "ms", {"Home & list": points}), tmp_path)
    image = drawing(path)
    width, height = map(float, image.attrib["viewBox"].split()[2:])
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in image.iter() if dot.tag.endswith("circle")]
    assert len(dots) == len(points)
    assert all(0 <= x <= width and 0 <= y <= height for x, y in dots)
    assert {"A < B & C", "Home & list"} <= {text.text for text in image.iter() if text.tag.endswith("text")}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an engine that has run once, and had nothing to do."""
    file = tmp_path_factory.mktemp("copies") / "avatar-bot.db"
    async with idle_engine(file):
        return file


@pytest_asyncio.fixture
async def past(empty_file: Path) -> AsyncIterator[Past]:
    """A person's history, which is gone after the test."""
    table = opened(f"sqlite:///{empty_file}")
    with closing(sqlite3.connect(empty_file, isolation_level=None)) as database:
        yield Past(database, Records(table), FakeClock(), "T0AVATARS:U0ANA0001")
        for name in ("workflow_status", "operation_outputs", "avatar_bot_exports"):
            database.execute(f"DELETE FROM {name}")  # noqa: S608 - ours
    await closed(table)


@pytest.fixture
def copies(empty_file: Path) -> Iterator[CopiedExports]:
    copies = CopiedExports(f"sqlite:///{empty_file}")
    yield copies
    copies.close()


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


async def test_copies_are_told_apart_by_their_ids_alone(empty_file: Path, past: Past, copies: CopiedExports) -> None:
    """Each copy has all rows of the original, with its own id wherever the original had its own."""
    await past.accept(HOME, output=Outcome(result="video"))
    await past.export(HOME, output=Outcome(result="video", credits=3))
    past.steps(HOME, ("submit", f"about {HOME}"), ("listen", Progress(at=1.0, progress=40)))
    copies.copy(copies.record(whole=True), range(4998, 5002), as_it_was)
    steps = "SELECT function_id, function_name, output, serialization FROM operation_outputs WHERE workflow_uuid = "
    original = rows(empty_file, f"{steps} '{HOME}' ORDER BY function_id")
    for number in range(4998, 5002):
        copied = rows(empty_file, f"{steps} '{copy_id(number)}' ORDER BY function_id")
        assert copied[0][2] == SERIALIZER.serialize(f"about {copy_id(number)}")
        assert copied[1] == original[1]
    known = {id for (id,) in rows(empty_file, "SELECT workflow_uuid FROM workflow_status")}
    of_copies = {copy_id(number) + part for number in range(4998, 5002) for part in ("", ".accept")}
    assert known == {HOME, f"{HOME}.accept"} | of_copies
    assert copies.count("SUCCESS") == 5


async def test_copies_may_differ(empty_file: Path, past: Past, copies: CopiedExports) -> None:
    """What a bench makes of a workflow's row is what is written."""
    await past.export(HOME, output=Outcome(result="video"))

    def begun_then(row: Values, number: int) -> Values:
        return row | ({"created_at": number} if "created_at" in row else {})

    copies.copy(copies.record(whole=False), range(3), begun_then)
    begun = rows(empty_file, "SELECT created_at FROM workflow_status ORDER BY created_at")
    assert [at for (at,) in begun[:3]] == [0, 1, 2]


async def test_a_bench_that_finds_nothing_to_copy_says_so(past: Past, copies: CopiedExports) -> None:
    """Neither an empty history nor an export without its request makes a bench of nothing."""
    with pytest.raises(LookupError, match="no export"):
        copies.record(whole=True)
    await past.export(HOME, output=Outcome(result="video"))
    with pytest.raises(LookupError, match=rf"{HOME}\.accept"):
        copies.record(whole=True)


def test_what_benches_find_is_printed_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command runs the named benches in the wanted size, prints their table, and draws what grows."""

    async def measure(size: Size) -> Findings:
        return Findings(
            [Row("a bench", "", "", f"quick: {size.quick}", True)], [Plot("grows", "", "", "", {"": POINTS})]
        )

    monkeypatch.setitem(BENCHES, "growth", measure)
    main(["--only", "growth", "--quick", "--out", str(tmp_path / "plots")])
    printed = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in printed[2].split("|")[1:-1]] == ["a bench", "", "", "quick: True", "met"]
    assert drawing(tmp_path / "plots" / "grows.svg").tag.endswith("svg")


@pytest.mark.long
async def test_the_command_of_the_page_measures_the_bot() -> None:
    """A bench as docs/benchmarks.md runs it: with the real bot, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench", "--quick", "--only", "calls"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    printed, told = await process.communicate()
    assert process.returncode == 0, told.decode()
    head, _, *rows = printed.decode().splitlines()
    assert head.startswith("| what ")
    assert any("Slack calls for one export" in row for row in rows)
