"""The commands that work on a bot's database, run in its folder without any of its other settings."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.cli.command import Ended, environment
from tests.fork_server import ForkServer
from tests.scenarios.scene import ANA, make_video, mentions, until_says

COMMAND_LOG = "command.log"


@dataclass(frozen=True)
class OfflineShell:
    """Somebody at a shell on the bot's machine."""

    fork_server: ForkServer
    folder: Path
    database_url: str | None = None

    async def run(self, *arguments: str) -> Ended:
        """`avatar-bot` with these arguments; whatever it says is in `out`."""
        log = self.folder / COMMAND_LOG
        log.write_bytes(b"")
        settings = {"DATABASE_URL": self.database_url} if self.database_url else {}
        code = await self.fork_server.run(arguments, self.folder, environment(settings), log)
        return Ended(code, log.read_text(), "")

    async def listed(self, *arguments: str) -> list[dict[str, Any]]:
        """The exports, newest first."""
        ended = await self.run("exports", "--json", *arguments)
        assert ended.code == 0, ended.out
        exports: list[dict[str, Any]] = json.loads(ended.out)
        return exports

    async def newest(self, person: str = ANA) -> str:
        """The id of a person's newest export."""
        (export,) = await self.listed("--user", person, "--limit", "1")
        return str(export["id"])


async def rejected(stage: Stage, script: str, person: str = ANA) -> tuple[Message, Message]:
    """A request that AI Studios refused: its root, and the reply that says so to the person."""
    stage.studio.faults.add("/simple/custom", error=(4000, "No such avatar"))
    root = await make_video(stage, person, script)
    await until_says(stage, root, "⚠️")
    (told,) = mentions(stage, root, person)
    return root, told
