"""The database is taken away from a running bot: it says so, it ends when told to, and nothing of a video is lost."""

import secrets
from pathlib import Path

import httpx
import pytest

from bot.demo.stage import Stage
from tests.scenarios import postgres
from tests.scenarios.scene import make_video, quickly_staged, until_taken, until_true, until_video

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def readiness(stage: Stage) -> int:
    """The status of /readyz."""
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{stage.bot.url}/readyz", timeout=10)).status_code


async def until_status(stage: Stage, status: int) -> None:
    """/readyz answers with this; answers are shared for a second."""

    async def is_answered() -> bool:
        return await readiness(stage) == status

    await until_true(is_answered, what=f"/readyz that says {status}")


async def test_a_deleted_file_is_no_database(tmp_path: Path) -> None:
    """While the SQLite file is gone or another lies in its place /readyz says 503, and 200 when it is back."""
    file, elsewhere = tmp_path / "bot.db", tmp_path / "elsewhere.db"
    async with quickly_staged(tmp_path, settings={"DATABASE_URL": f"sqlite+aiosqlite:///{file}"}) as stage:
        await until_status(stage, 200)
        file.rename(elsewhere)
        await until_status(stage, 503)
        elsewhere.rename(file)
        await until_status(stage, 200)
        file.rename(elsewhere)
        file.touch()
        await until_status(stage, 503)
        elsewhere.rename(file)
        await until_status(stage, 200)


@pytest.mark.long
async def test_a_stop_without_postgres_is_obeyed(tmp_path: Path, programs: Path) -> None:
    """SIGTERM while Postgres is away ends the bot with exit code 0; once Postgres is back, a start brings the video."""
    with postgres.serving(programs) as server:
        address = postgres.new_database(programs, server, f"away_{secrets.token_hex(4)}")
        async with quickly_staged(tmp_path, settings={"DATABASE_URL": address, "POLL_SECONDS": "0.5"}) as stage:
            stage.studio.hold()
            root = await make_video(stage)
            await until_taken(stage, root)
            with postgres.away(programs, server):
                await until_status(stage, 503)
                assert await stage.bot.stop() == 0
            stage.studio.release()
            await stage.bot.start()
            await until_video(stage, root)
