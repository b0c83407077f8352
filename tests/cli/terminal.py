"""A command at a terminal: what it shows, and what a person types."""

import asyncio
import fcntl
import os
import pty
import sys
import termios
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.cli.command import PATIENCE, environment


class Terminal:
    """What stands on the screen since the last look, and the keyboard."""

    def __init__(self, keyboard: int) -> None:
        self._keyboard = keyboard
        self._unread = ""
        self._news = asyncio.Event()
        self.screen = ""
        asyncio.get_running_loop().add_reader(keyboard, self._read)

    async def until(self, words: str) -> str:
        """Waits for these words, and gives what was shown up to them."""
        async with asyncio.timeout(PATIENCE):
            while words not in self._unread:
                self._news.clear()
                await self._news.wait()
        shown, _, self._unread = self._unread.partition(words)
        return shown

    async def answer(self, prompt: str, line: str) -> None:
        """Types a line once the command asks for it."""
        await self.until(prompt)
        await self.until("> ")
        self.press(f"{line}\n")

    def press(self, keys: str) -> None:
        os.write(self._keyboard, keys.encode())

    def _read(self) -> None:
        try:
            text = os.read(self._keyboard, 4096).decode(errors="replace").replace("\r", "")
        except OSError:  # what Linux says when the other side has closed
            asyncio.get_running_loop().remove_reader(self._keyboard)
            return
        self.screen += text
        self._unread += text
        self._news.set()


@asynccontextmanager
async def at_terminal(
    folder: Path, *arguments: str, settings: Mapping[str, str]
) -> AsyncIterator[tuple[Terminal, asyncio.subprocess.Process]]:
    """`avatar-bot` with these arguments, at a terminal of its own."""
    keyboard, screen = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env=environment(settings),
        stdin=screen,
        stdout=screen,
        stderr=screen,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
    )
    os.close(screen)
    try:
        yield Terminal(keyboard), process
    finally:
        asyncio.get_running_loop().remove_reader(keyboard)
        if process.returncode is None:
            process.kill()
        await process.wait()
        os.close(keyboard)
