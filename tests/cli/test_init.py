"""`avatar-bot init`: asks, checks, and writes `.env`, or leaves everything as it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from dotenv import dotenv_values

from bot.cli.setup.env_file import assignment, values_in, with_values, write_privately
from tests.cli.command import PATIENCE, names_in, run
from tests.cli.conftest import Services
from tests.cli.terminal import at_terminal
from tests.demo.stage import CLIENT_ID, CLIENT_SECRET

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNTOUCHED = "Nothing was written; everything is as it was."


def addresses(services: Services) -> dict[str, str]:
    """Where the services are, and nothing of what is asked for."""
    return {name: services.settings[name] for name in ("SLACK_API_URL", "AISTUDIOS_BASE_URL")}


async def test_a_whole_conversation(services: Services, tmp_path: Path) -> None:
    """Wrong answers are refused with the reason and asked for again; secrets are not shown; `.env` is private."""
    async with at_terminal(tmp_path, "init", settings=addresses(services)) as (terminal, process):
        await terminal.answer("SLACK_BOT_TOKEN", "xoxp-hush-user")
        await terminal.answer("It must start with xoxb-", "xoxb-hush-wrong")
        await terminal.answer("Slack refuses it: invalid_auth", "xoxb-demo-bot-token")
        await terminal.until("Avatar Works")
        await terminal.answer("SLACK_APP_TOKEN", "")
        await terminal.answer("SLACK_SIGNING_SECRET", "")
        await terminal.answer("It is needed.", "demo-signing-secret")
        await terminal.answer("PUBLIC_URL", "http://bot.example.com")
        await terminal.answer("It must start with https://", "https://bot.example.com")
        await terminal.answer("AISTUDIOS_APP_ID", "demo-app")
        await terminal.answer("AISTUDIOS_USER_KEY", "hush-wrong-key")
        await terminal.answer("AI Studios does not accept them", "")
        await terminal.answer("AISTUDIOS_USER_KEY", "demo-user-key")
        await terminal.until("AI Studios accepts them")
        await terminal.answer("DATABASE_URL", "")
        await terminal.until("avatar-bot check")
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    for secret in ("hush", "xoxb-demo", "demo-signing", "demo-user-key"):
        assert secret not in terminal.screen
    assert dotenv_values(tmp_path / ".env") == {
        "SLACK_BOT_TOKEN": "xoxb-demo-bot-token",
        "SLACK_SIGNING_SECRET": "demo-signing-secret",
        "PUBLIC_URL": "https://bot.example.com",
        "AISTUDIOS_APP_ID": "demo-app",
        "AISTUDIOS_USER_KEY": "demo-user-key",
        "DATABASE_URL": "sqlite:///avatar-bot.db",
    }
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


async def test_for_many_workspaces(services: Services, tmp_path: Path) -> None:
    """The app's id and secret are asked for and checked together; what is for one workspace goes, and a key comes."""
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-hush\nAISTUDIOS_BASE_URL=http://127.0.0.1:1\n")
    typed = (
        *(CLIENT_ID, "hush-wrong", CLIENT_ID, CLIENT_SECRET),
        *("demo-signing-secret", "", "https://bot.example.com", "", "sqlite:///bot.db"),
    )
    ended = await run(tmp_path, "init", "--many", settings=addresses(services), typed="\n".join(typed) + "\n")
    assert (ended.code, ended.err) == (0, "")
    assert "bad_client_secret" in ended.out
    for secret in ("hush", "demo-client-secret", "demo-signing-secret"):
        assert secret not in ended.said
    written = values_in((tmp_path / ".env").read_text())
    assert Fernet(written.pop("ENCRYPTION_KEY"))
    assert written == {
        "AISTUDIOS_BASE_URL": "http://127.0.0.1:1",
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_SIGNING_SECRET": "demo-signing-secret",
        "PUBLIC_URL": "https://bot.example.com",
        "DATABASE_URL": "sqlite:///bot.db",
    }


async def test_what_goes_together_is_asked_for_together(services: Services, tmp_path: Path) -> None:
    """Beside an app id the user key is needed, also where both may be left out; a key that is there is kept."""
    kept = {
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_SIGNING_SECRET": "s",
        "PUBLIC_URL": "https://bot.example.com",
        "DATABASE_URL": "sqlite:///bot.db",
        "ENCRYPTION_KEY": Fernet.generate_key().decode(),
    }
    ended = await run(tmp_path, "init", settings=addresses(services) | kept, typed="demo-app\n\ndemo-user-key\n")
    assert (ended.code, "It is needed." in ended.out, "ENCRYPTION_KEY" in ended.out) == (0, True, False)
    assert values_in((tmp_path / ".env").read_text()) == {
        "AISTUDIOS_APP_ID": "demo-app",
        "AISTUDIOS_USER_KEY": "demo-user-key",
    }


async def test_ctrl_c_leaves_everything_as_it_was(services: Services, tmp_path: Path) -> None:
    """In the middle of a secret too, and it says so."""
    async with at_terminal(tmp_path, "init", settings=addresses(services)) as (terminal, process):
        await terminal.answer("SLACK_BOT_TOKEN", "xoxb-demo-bot-token")
        await terminal.until("SLACK_APP_TOKEN")
        await terminal.until("> ")
        terminal.press("xapp-\x03")
        await terminal.until(UNTOUCHED)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 130
    assert "Traceback" not in terminal.screen
    assert names_in(tmp_path) == []


async def test_what_is_right_already_is_kept(services: Services, tmp_path: Path) -> None:
    """Only what is wrong or missing is asked for; comments and other lines stay, and the mode is narrowed."""
    before = (
        "# Ana's notes\nSLACK_BOT_TOKEN=xoxb-hush-expired  # from March\n"
        "export SLACK_APP_TOKEN='xapp-demo-app-token'\nAISTUDIOS_APP_ID=demo-app\nOTHER=1"
    )
    env = tmp_path / ".env"
    env.write_text(before)
    env.chmod(0o644)
    known = {**addresses(services), "AISTUDIOS_USER_KEY": "demo-user-key"}
    typed = "xoxb-demo-bot-token\n\nsqlite:///bot.db\n"
    ended = await run(tmp_path, "init", settings=known, typed=typed)
    assert (ended.code, ended.err) == (0, "")
    assert env.read_text() == (
        before.replace("xoxb-hush-expired", "xoxb-demo-bot-token") + "\nDATABASE_URL=sqlite:///bot.db\n"
    )
    assert env.stat().st_mode & 0o777 == 0o600
    assert "SLACK_APP_TOKEN is kept (…oken)" in ended.out
    assert "invalid_auth" in ended.out
    assert "SLACK_SIGNING_SECRET" not in ended.out
    for secret in ("hush", "xapp-demo", "demo-user-key"):
        assert secret not in ended.said


async def test_the_end_of_input_leaves_everything_as_it_was(services: Services, tmp_path: Path) -> None:
    """An existing file keeps its content and its mode."""
    (tmp_path / ".env").write_text("PORT=3001\n")
    (tmp_path / ".env").chmod(0o644)
    ended = await run(tmp_path, "init", settings=addresses(services), typed="xoxb-demo-bot-token\n")
    assert ended.code == 130
    assert UNTOUCHED in ended.out
    assert (tmp_path / ".env").read_text() == "PORT=3001\n"
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o644


async def test_a_service_that_is_down_may_be_overruled(tmp_path: Path) -> None:
    """Enter keeps an answer that nobody could check; what the environment has wrong is left to it."""
    studio = {"AISTUDIOS_BASE_URL": "http://127.0.0.1:1", "AISTUDIOS_APP_ID": "a", "AISTUDIOS_USER_KEY": "k"}
    nobody = {"SLACK_API_URL": "http://127.0.0.1:1", "DATABASE_URL": "mysql://x", **studio}
    typed = "xoxb-1\n\n\ns\n\n"
    ended = await run(tmp_path, "init", settings=nobody, typed=typed)
    assert ended.code == 0
    assert "Connection refused" in ended.out
    assert "It comes from the environment" in ended.out
    assert dotenv_values(tmp_path / ".env") == {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "A=new\n"),
        ("B=1", "B=1\nA=new\n"),
        ("A=old\r\nB=1\r\n", "A=new\r\nB=1\r\n"),
        ("\n\n  export a = 'o # ld'  # why\nB='x\ny'\n", "\n\n  export A=new  # why\nB='x\ny'\n"),
        ("A=one\n# A=two\nA=\n", "A=new\n# A=two\nA=new\n"),
        ("A", "A=new"),
        ("not a line at all!\n", "not a line at all!\nA=new\n"),
    ],
)
async def test_a_value_is_put_in_its_place(before: str, after: str) -> None:
    """Whatever else stands in the file stays, to the letter."""
    assert with_values(before, {"A": "new"}) == after
    assert values_in(after)["A"] == "new"


@pytest.mark.parametrize("value", ["plain", "p@ss#word", "it's", "'quoted'", '"', "a b #c", "back\\slash", "a$b", "="])
async def test_what_is_written_is_read_again(value: str) -> None:
    """Any signs come back as they were typed."""
    assert values_in(assignment("A", value)) == {"A": value}


async def test_what_cannot_be_written_is_refused() -> None:
    """A reference to another variable would be read as that."""
    with pytest.raises(ValueError, match="can't hold"):
        assignment("A", "x${HOME}y")


async def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that it leads to is replaced, and nothing else is left in the folder."""
    (tmp_path / "real").write_text("old")
    (tmp_path / ".env").symlink_to("real")
    write_privately(tmp_path / ".env", "new")
    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert names_in(tmp_path) == [".env", "real"]
