"""`avatar-bot demo` as a person starts and stops it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import sys
import termios
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.demo.page.visitor import PATIENCE

pytestmark = pytest.mark.long


class Demo:
    """The process, with what it prints. Its temporary files lie in `folder`."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.lines: list[str] = []

    async def until_says(self, words: str) -> str:
        """The first line with these words."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE * 2):
            while line := (await self.process.stdout.readline()).decode():
                self.lines.append(line)
                if words in line:
                    return line
        raise AssertionError(f"{words!r} is not among {self.lines}")

    async def address(self) -> str:
        """Where the page is, once it is."""
        return next(word for word in (await self.until_says("The page is at")).split() if word.startswith("http"))

    async def ended(self) -> int:
        """Its exit code."""
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    def processes(self) -> list[str]:
        """Whoever works in its temporary folder: the bot."""
        return [cwd for cwd in map(_cwd, Path("/proc").glob("[0-9]*")) if cwd.startswith(str(self.folder))]


def _cwd(process: Path) -> str:
    try:
        return str((process / "cwd").readlink())
    except OSError:
        return ""


@asynccontextmanager
async def demo(
    folder: Path,
    *options: str,
    port: int = 0,
    environment: Mapping[str, str] | None = None,
    hangup: signal.Handlers = signal.SIG_DFL,
) -> AsyncIterator[Demo]:
    """The demo; whatever is left of it in the end is killed. Nothing of this machine's screen is known to it.

    `hangup` is what becomes of SIGHUP by default; `nohup` has it ignored.
    """
    screen = {"DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "CI"}
    inherited = {name: value for name, value in os.environ.items() if name not in screen}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", str(port), *options),
        env={**inherited, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, hangup),
    )
    try:
        yield Demo(process, folder)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_it_serves_its_page_and_leaves_nothing_behind(tmp_path: Path, sign: signal.Signals) -> None:
    """It prints the address; told to stop, it ends well, and its bot and its files are gone, open pages or not."""
    async with demo(tmp_path) as running, aiohttp.ClientSession() as http:
        address = await running.address()
        async with http.get(f"{address}api/stream") as stream:
            assert stream.status == 200
            assert len(running.processes()) == 1
            running.process.send_signal(sign)
            await running.until_says("left behind")
            assert await running.ended() == 0
        assert running.processes() == []
        assert list(running.folder.iterdir()) == []


async def test_it_stops_while_it_starts(tmp_path: Path) -> None:
    """Told to stop before the page is there, it leaves nothing behind either."""
    async with demo(tmp_path) as running:
        await running.until_says("Starting")
        await _until(running.processes)
        running.process.send_signal(signal.SIGTERM)
        assert await running.ended() == 0
        assert running.processes() == []
        assert list(running.folder.iterdir()) == []


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_the_terminals_video_leaves_nothing_behind_either(tmp_path: Path, sign: signal.Signals) -> None:
    """Broken off while the bot starts, `--script` takes away the bot and its files, too."""
    async with demo(tmp_path, "--script", "Hello.") as running:
        await _until(running.processes)
        running.process.send_signal(sign)
        assert await running.ended() == 130
        assert running.processes() == []
        assert list(running.folder.iterdir()) == []


async def test_a_hangup_is_ignored_under_nohup(tmp_path: Path) -> None:
    """Who asks for the demo to go on without its terminal gets that."""
    async with demo(tmp_path, hangup=signal.SIG_IGN) as running, aiohttp.ClientSession() as http:
        address = await running.address()
        running.process.send_signal(signal.SIGHUP)
        running.process.send_signal(signal.SIGHUP)
        async with http.get(address) as answer:
            assert answer.status == 200
        assert running.process.returncode is None
        running.process.send_signal(signal.SIGTERM)
        assert await running.ended() == 0


async def test_a_terminal_that_is_closed_takes_everything_along(tmp_path: Path) -> None:
    """The demo ends although nobody reads its last words, and its bot and its files are gone."""
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0", "--no-browser"),
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=lambda: _take_terminal(theirs),
    )
    os.close(theirs)
    running = Demo(process, tmp_path)
    try:
        await asyncio.to_thread(_read_until, ours, b"The page is at")
        assert len(running.processes()) == 1
        os.close(ours)
        await running.ended()
        assert running.processes() == []
        assert list(running.folder.iterdir()) == []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _take_terminal(terminal: int) -> None:
    """In the child: this is its terminal, and closing it hangs up on it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def _read_until(terminal: int, words: bytes) -> None:
    said = b""
    while words not in said:
        said += os.read(terminal, 1024)


async def test_a_port_that_is_taken_is_said_and_another_one_is_used(tmp_path: Path) -> None:
    """The page is there all the same."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with demo(tmp_path, port=port) as running, aiohttp.ClientSession() as http:
            assert str(port) in await running.until_says("not free")
            address = await running.address()
            assert str(port) not in address
            async with http.get(address) as answer:
                assert answer.status == 200
            running.process.send_signal(signal.SIGTERM)
            assert await running.ended() == 0


@pytest.mark.parametrize(
    ("options", "environment", "opens"),
    [
        ((), {"DISPLAY": ":9"}, True),
        (("--no-browser",), {"DISPLAY": ":9"}, False),
        ((), {"DISPLAY": ":9", "CI": "true"}, False),
        ((), {}, False),
    ],
)
async def test_a_browser_is_opened_where_there_is_one(
    tmp_path: Path, options: tuple[str, ...], environment: dict[str, str], opens: bool
) -> None:
    """At the page's address; not unasked, not in CI and not without a screen. A browser that stays holds nothing up."""
    opened = browser(tmp_path / "browser")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = environment | {"BROWSER": str(tmp_path / "browser")}
    async with demo(temporary, *options, environment=environment) as running, aiohttp.ClientSession() as http:
        address = await running.address()
        if opens:
            await _until(lambda: opened.exists() and opened.read_text() == f"{address}\n")
        async with http.get(address) as answer:
            assert answer.status == 200
        running.process.send_signal(signal.SIGTERM)
        assert await running.ended() == 0
    assert opened.exists() == opens


def browser(program: Path) -> Path:
    """Makes a program that stays open until its parent is gone; gives the file in which it notes the address."""
    opened = program.with_suffix(".opened")
    program.write_text(
        f'#!/bin/sh\necho "$1" > {opened}\nparent=$PPID\nwhile kill -0 $parent; do sleep 0.1; done 2>/dev/null\n'
    )
    program.chmod(0o755)
    return opened


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.05)
