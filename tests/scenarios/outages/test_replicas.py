"""Several processes on one Postgres: the living take over, and the limits hold over all of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.process import BotProcess, free_port
from bot.demo.stage import Stage, bot_settings
from tests.scenarios.scene import (
    bills,
    element,
    make_video,
    mentions,
    open_form,
    quickly_staged,
    submit,
    until_reply,
    until_says,
    until_submitted,
    until_taken,
    until_video,
)

pytestmark = pytest.mark.long

# Nobody stands in front of the replicas here, so AI Studios is asked instead of telling.
SHARED: dict[str, str | None] = {"PUBLIC_URL": None, "POLL_SECONDS": "0.5"}


@asynccontextmanager
async def second_replica(stage: Stage, settings: dict[str, str | None]) -> AsyncIterator[BotProcess]:
    """Another process beside the stage's own, on the same database."""
    chosen = bot_settings(stage.slack, stage.studio) | settings | {"PORT": str(free_port())}
    known = {name: value for name, value in chosen.items() if value is not None}
    replica = BotProcess(known, folder=stage.folder / "second")
    try:
        await replica.start()
        yield replica
    finally:
        await replica.stop()


async def test_the_living_take_over_from_the_dead(tmp_path: Path, database_url: str) -> None:
    """A replica that dies for ever in mid-render leaves its video to the other: one bill, one mention."""
    settings = SHARED | {"DATABASE_URL": database_url}
    async with quickly_staged(tmp_path, settings=settings) as stage, second_replica(stage, settings):
        stage.studio.hold()
        script = "This one changes hands."
        root = await make_video(stage, script=script)
        await stage.studio.until(lambda: bills(stage, script), what="the submission")
        await stage.bot.kill()
        stage.studio.release()
        video = await until_video(stage, root, seconds=60)
        assert mentions(stage, root) == [video]
        assert bills(stage, script) == 1


async def test_news_taken_by_the_dead_are_shown_by_the_living(tmp_path: Path, database_url: str) -> None:
    """A replica that dies right after it has answered a webhook leaves its progress to the other, which shows it."""
    settings: dict[str, str | None] = {"DATABASE_URL": database_url, "POLL_SECONDS": "3600"}
    async with (
        quickly_staged(tmp_path, settings=settings) as stage,
        # Whoever makes the export, AI Studios has the first one's address.
        second_replica(stage, settings | {"PUBLIC_URL": stage.bot.url}),
    ):
        stage.studio.hold()
        root = await make_video(stage)
        await until_taken(stage, root)
        assert await stage.studio.send_webhook(await until_submitted(stage), 42) == 200
        await stage.bot.kill()
        await until_says(stage, await until_reply(stage, root), "42%", seconds=60)


async def test_limits_hold_over_all_replicas(tmp_path: Path, database_url: str) -> None:
    """With one export at a time, the second waits in line, says so, and starts when the first has ended."""
    settings = SHARED | {"DATABASE_URL": database_url, "MAX_CONCURRENT_EXPORTS": "1"}
    async with quickly_staged(tmp_path, settings=settings) as stage, second_replica(stage, settings) as second:
        stage.studio.hold()
        first, waiting = "This one is first.", "This one waits in line."
        root = await make_video(stage, script=first)
        await stage.studio.until(lambda: bills(stage, first), what="the first submission")
        stage.slack.request_url = f"{second.url}/slack/events"
        await submit(stage, script=waiting)
        later = await stage.slack.until(
            lambda: next((one for one in stage.slack.messages(root.channel) if waiting in str(one.blocks)), None)
        )
        assert later is not None
        reply = await stage.slack.until(
            lambda: next(iter(stage.slack.thread(root.channel, later.ts)[1:]), None), what="the reply"
        )
        assert reply is not None
        await until_says(stage, reply, "In line")
        assert bills(stage, waiting) == 0
        stage.studio.release()
        await asyncio.gather(until_video(stage, root), until_video(stage, later))
        assert (bills(stage, first), bills(stage, waiting)) == (1, 1)


async def test_what_was_used_last_is_known_to_all_replicas(tmp_path: Path, database_url: str) -> None:
    """A form has what its person chose last, whichever process takes the request."""
    settings = SHARED | {"DATABASE_URL": database_url}
    async with quickly_staged(tmp_path, settings=settings) as stage, second_replica(stage, settings) as second:
        takers = (f"{second.url}/slack/events", f"{stage.bot.url}/slack/events")
        for language, taker in zip(("de-DE", "it-IT"), takers, strict=True):
            await until_video(stage, await make_video(stage, script=f"In {language}.", language=language))
            stage.slack.request_url = taker
            view = await open_form(stage)
            assert element(view, "language")["initial_option"]["value"] == language


async def test_one_sqlite_file_serves_one_process(tmp_path: Path) -> None:
    """A second process on the same file does not start, and says what to do."""
    async with quickly_staged(tmp_path) as stage:
        chosen = bot_settings(stage.slack, stage.studio) | {"DATABASE_URL": f"sqlite:///{tmp_path}/avatar-bot.db"}
        second = BotProcess(chosen, folder=tmp_path / "second")
        try:
            await second.launch()
            with pytest.raises(Exception, match="another avatar-bot is using"):
                await second.until_ready()
        finally:
            await second.stop()
