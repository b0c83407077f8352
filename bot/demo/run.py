"""`avatar-bot demo --script`: one export through everything, watched in the terminal."""

import asyncio
import importlib.util
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.demo.process import BotDidNotStart
from bot.demo.signals import Stopped, until_told
from bot.demo.slack import Message
from bot.demo.stage import Stage, staged

if TYPE_CHECKING:
    from rich.console import RenderableType

CHANNEL = "C0GENERAL"
ENGLISH_SPEAKER = "U0ANA0001"
KOREAN_SPEAKER = "U0MINJI01"
VIDEOS = Path("demo-videos")
PATIENCE = 180.0
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_NEEDED = ("av", "PIL", "rich", "yaml")


def run_demo(script: str) -> int:
    """Makes one video without a browser or an account; gives the process's exit code."""
    if lacks_packages(_NEEDED):
        return 2
    if not script.strip():
        print("--script is empty: there is nothing for the avatar to say.", file=sys.stderr)
        return 2
    try:
        return asyncio.run(until_told(_play(script)))
    except Stopped:
        return 130


def lacks_packages(needed: Iterable[str]) -> bool:
    """Whether some of these packages are missing; says then how to get them."""
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        print("The demo needs a few more packages: pip install '.[demo]'", file=sys.stderr)
    return bool(missing)


async def _play(script: str) -> int:
    with tempfile.TemporaryDirectory(prefix="avatar-bot-demo-") as folder:
        try:
            async with staged(Path(folder)) as stage:
                return await _one_video(stage, script)
        except BotDidNotStart as failed:
            print(f"The bot did not start:\n{failed}", file=sys.stderr)
            return 1


async def _one_video(stage: Stage, script: str) -> int:
    person = stage.slack.person(KOREAN_SPEAKER if _HANGUL.search(script) else ENGLISH_SPEAKER)
    print(f"{person.user.real_name} types /avatar in #general, chooses an avatar, and presses the button.\n")
    await person.slash_command("/avatar", channel=CHANNEL)
    form = await person.view()
    avatars = await person.suggestions(form, "model", "")
    submitted = await person.submit(form, {"model": avatars[0], "script": script})
    if submitted.view is form and not submitted.errors:
        # The bot asks whether this script can be spoken in the form's language.
        submitted = await person.submit(form)
    if submitted.errors:
        print("\n".join(submitted.errors.values()), file=sys.stderr)
        return 1
    async with _watching(stage):
        video = await _delivered(stage)
    if video is None:
        print("\nNo video came; the thread above says why.", file=sys.stderr)
        return 1
    print(f"\nThe video is here: {_kept(video)}")
    return 0


async def _delivered(stage: Stage) -> Path | None:
    """The file that Slack was given, once the outcome is on the root message and in a reply of its own."""

    def outcome() -> Message | None:
        for root in stage.slack.messages(CHANNEL)[-1:]:
            thread = stage.slack.thread(CHANNEL, root.ts)
            return thread[-1] if root.edits and len(thread) > 2 else None
        return None

    try:
        told = await stage.slack.until(outcome, timeout=PATIENCE)
    except TimeoutError:
        return None
    return told.files[0].path if told and told.files else None


def _kept(video: Path) -> Path:
    VIDEOS.mkdir(exist_ok=True)
    name = video.name.split("-", 1)[1]
    return Path(shutil.copy(video, VIDEOS / name)).resolve()


@asynccontextmanager
async def _watching(stage: Stage) -> AsyncIterator[None]:
    """Draws the thread as it changes; without a terminal, prints each change as a line."""
    watch = asyncio.create_task(_draw(stage) if sys.stdout.isatty() else _print_changes(stage))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def _draw(stage: Stage) -> None:
    from rich.live import Live

    from bot.demo.terminal import scene

    def drawn() -> "RenderableType":
        return scene(stage.slack, stage.studio, CHANNEL)

    with Live(get_renderable=drawn, refresh_per_second=8):
        await asyncio.Event().wait()


async def _print_changes(stage: Stage) -> None:
    printed: dict[str, str] = {}
    try:
        while True:
            await stage.slack.until(lambda: _print_new(stage, printed), timeout=PATIENCE)
    finally:
        _print_new(stage, printed)


def _print_new(stage: Stage, printed: dict[str, str]) -> bool:
    """Prints what reads differently than before; gives whether anything did."""
    from bot.demo.terminal import said

    roots = stage.slack.messages(CHANNEL)[-1:]
    thread = stage.slack.thread(CHANNEL, roots[0].ts) if roots else []
    lines = {message.ts: said(stage.slack.world, message) for message in thread}
    new = {ts: line for ts, line in lines.items() if printed.get(ts) != line}
    for ts, line in new.items():
        print(f"  {'' if ts == roots[0].ts else '    '}{line}", flush=True)
    printed.update(new)
    return bool(new)
