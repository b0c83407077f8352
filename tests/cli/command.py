"""The commands as an operator runs them: processes in a folder, with an environment."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import bot
from bot.settings import Settings

PATIENCE = 60.0


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings of the bot and no others."""
    ours = {name.upper() for name in Settings.model_fields}
    others = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    return {**others, "PYTHONPATH": str(Path(bot.__file__).parents[1]), **settings}


def names_in(folder: Path) -> list[str]:
    """What lies in the folder."""
    return sorted(path.name for path in folder.iterdir())


async def run(
    folder: Path, *arguments: str, settings: Mapping[str, str], typed: str = "", stdin: int = asyncio.subprocess.PIPE
) -> Ended:
    """`avatar-bot` with these arguments, through pipes; or what is typed comes from another `stdin`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env=environment(settings),
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(typed.encode() if process.stdin else None), PATIENCE)
    return Ended(process.returncode or 0, out.decode(), err.decode())
