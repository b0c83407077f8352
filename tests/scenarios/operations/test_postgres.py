"""On Postgres, named as operators name it, everything is as on SQLite."""

from pathlib import Path

import pytest

from tests.scenarios.scene import (
    element,
    make_video,
    mentions,
    open_form,
    quickly_staged,
    until_taken,
    until_video,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]


async def test_a_video_arrives_on_postgres(tmp_path: Path, database_url: str) -> None:
    """The whole path on Postgres."""
    async with quickly_staged(tmp_path, settings={"DATABASE_URL": database_url}) as stage:
        root = await make_video(stage, language="fr-FR")
        video = await until_video(stage, root)
        assert mentions(stage, root) == [video]
        assert len(stage.studio.billed) == 1
        assert element(await open_form(stage), "language")["initial_option"]["value"] == "fr-FR"


async def test_a_power_cut_on_postgres_loses_nothing(tmp_path: Path, database_url: str) -> None:
    """After `kill -9` in mid-render the next start brings the video, once."""
    settings = {"DATABASE_URL": database_url, "POLL_SECONDS": "1"}
    async with quickly_staged(tmp_path, settings=settings) as stage:
        stage.studio.hold()
        root = await make_video(stage)
        await until_taken(stage, root)
        await stage.bot.kill()
        stage.studio.release()
        await stage.bot.start()
        video = await until_video(stage, root)
        assert mentions(stage, root) == [video]
        assert len(stage.studio.billed) == 1
