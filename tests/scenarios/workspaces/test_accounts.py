"""A workspace's own AI Studios account: connected, replaced and disconnected by its admins in the Home tab."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.accounts.accounts import Accounts
from bot.accounts.vault import Seals, Vault
from bot.aistudios.auth import Credentials
from bot.aistudios.client import AIStudiosClient
from bot.database import closed, opened
from bot.demo.aistudios import UNLISTED_MODELS, Account, DemoModel
from bot.demo.slack import View
from bot.demo.stage import Stage
from tests.aistudios.tokens import FixedToken
from tests.demo.slack.requests import post
from tests.scenarios.home.test_home import open_home, read, until_reads
from tests.scenarios.home.test_list import ask
from tests.scenarios.scene import (
    ANA,
    answers,
    is_content,
    make_video,
    mentions,
    methods,
    newcomer,
    open_form,
    quickly_staged,
    replies,
    restart,
    text_of,
    texts,
    until_says,
    until_submitted,
    until_true,
    until_video,
)
from tests.scenarios.security.test_signatures import now, signed
from tests.scenarios.step.test_step import run_step, until_failed

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = Fernet.generate_key().decode()
FIRST, SECOND = ("app-first-1111", "hush-first-key"), ("app-second-2222", "hush-second-key")
SERA, DANIEL, UNLISTED = "SERASMODEL1", "DANIELMODEL2", UNLISTED_MODELS[0]
WORKSPACE_ONLY: dict[str, str | None] = {"AISTUDIOS_APP_ID": None, "AISTUDIOS_USER_KEY": None, "ENCRYPTION_KEY": KEY}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot whose operator has no account, and whose log tells all; at AI Studios there are two customers."""
    customers = [
        Account(*FIRST, models=[DemoModel(SERA, "Sera", "세라")]),
        Account(*SECOND, models=[DemoModel(DANIEL, "Daniel", "다니엘"), DemoModel("M0003", "Lena", "레나")]),
    ]
    async with quickly_staged(
        tmp_path_factory.mktemp("stage"),
        settings={**WORKSPACE_ONLY, "LOG_LEVEL": "DEBUG", "POLL_SECONDS": "0.5"},
        slack={"time_scale": 60},
        studio={"accounts": customers},
    ) as ready:
        yield ready


async def pressed(stage: Stage, person: str, action_id: str) -> View:
    """Presses a button of the tab; gives the modal that opens."""
    someone = stage.slack.person(person)
    shown = someone.home()
    assert shown
    reply = await someone.press(shown, action_id)
    assert is_content(reply)
    return await someone.view(of=reply)


async def typed(stage: Stage, person: str, view: View, app_id: str, user_key: str) -> dict[str, str]:
    """Submits the form; gives the errors beside its fields, none when it has closed."""
    submission = await stage.slack.person(person).submit(view, {"app_id": app_id, "user_key": user_key})
    assert submission.error is None
    assert submission.closed == (not submission.errors)
    return submission.errors


async def connect(stage: Stage, account: tuple[str, str], person: str = ANA) -> None:
    """An admin connects this account, or replaces the present one by it, and sees it in the tab."""
    await open_home(stage, person)
    view = await pressed(stage, person, "connect_account")
    assert await typed(stage, person, view, *account) == {}
    await until_reads(stage, person, f"••••{account[0][-4:]}")


async def disconnect(stage: Stage, person: str = ANA) -> None:
    """An admin disconnects the account, if there is one, and sees it in the tab."""
    await open_home(stage, person)
    shown = stage.slack.person(person).home()
    assert shown
    if "disconnect_account" in str(shown.body):
        assert is_content(await stage.slack.person(person).press(shown, "disconnect_account"))
    await until_reads(stage, person, "No AI Studios account is connected")


def rights(stage: Stage, person: str, *, is_admin: bool) -> str:
    """Makes somebody an admin, or no longer one; gives their id."""
    stage.slack.world.users[person] = replace(stage.slack.world.users[person], is_admin=is_admin)
    return person


def payer(stage: Stage, script: str) -> list[str]:
    """The app ids of the accounts that were billed for this script."""
    return [bill.app_id for bill in stage.studio.billed if bill.text == script]


async def test_without_an_account_everybody_is_told_who_has_to_do_what(stage: Stage, script: str) -> None:
    """Command, shortcut and tab explain it, and no form opens that could not work; what was typed comes back."""
    await disconnect(stage)
    someone, calls = newcomer(stage, "U0NOACCT1"), len(stage.slack.calls)
    answer = await ask(stage, someone, script)
    assert "A workspace admin can connect one" in text_of(answer)
    assert script in str(answer.blocks)
    assert is_content(await stage.slack.person(someone).shortcut("make_avatar_video"))
    await stage.slack.until(lambda: "chat.postMessage" in methods(stage, since=calls), what="a direct message")
    await open_home(stage, someone)
    assert "A workspace admin can connect one" in read(stage, someone)
    shown = stage.slack.person(someone).home()
    assert shown
    assert not {"make_video", "connect_account"} & set(actions_in(shown))
    assert "views.open" not in methods(stage, since=calls)


def actions_in(view: View) -> Iterable[str]:
    """The ids of what can be pressed in a view."""
    elements = [element for block in view.body["blocks"] for element in block.get("elements", ())]
    return [element["action_id"] for element in elements if "action_id" in element]


async def test_an_admin_connects_an_account(stage: Stage, script: str) -> None:
    """From then on its avatars are offered to everybody, and videos are made with it; only admins see whose it is."""
    await connect(stage, FIRST)
    await until_reads(stage, ANA, "Avatars: 1")
    assert f"Connected by <@{ANA}>" in read(stage, ANA)
    someone = newcomer(stage, "U0USESIT1")
    await until_video(stage, await make_video(stage, someone, script, model=SERA))
    assert payer(stage, script) == [FIRST[0]]
    await open_home(stage, someone)
    assert "AI Studios account" not in read(stage, someone)


async def test_the_form_says_what_is_wrong(stage: Stage) -> None:
    """Wrong keys, words that are none, and an AI Studios that is slow or broken: beside the field, nothing stored."""
    await disconnect(stage)
    view = await pressed(stage, ANA, "connect_account")
    errors = await typed(stage, ANA, view, FIRST[0], SECOND[1])
    assert "doesn't accept" in errors["user_key"]
    errors = await typed(stage, ANA, view, "two words", "키")
    assert set(errors) == {"app_id", "user_key"}
    for fault in ({"delay": 10.0}, {"status": 500}):
        stage.studio.faults.add("/auth/token", **fault)
        errors = await typed(stage, ANA, view, *FIRST)
        assert "didn't say in time" in errors["user_key"]
        stage.studio.faults.clear()
    await open_home(stage, ANA)
    assert "No AI Studios account is connected" in read(stage, ANA)
    assert await typed(stage, ANA, view, *FIRST) == {}


async def test_only_admins_may_change_it(stage: Stage) -> None:
    """Who is no admin any more is refused at the button and at the form, by what Slack says at that moment."""
    await connect(stage, FIRST)
    someone = rights(stage, newcomer(stage, "U0FORMER1"), is_admin=True)
    await open_home(stage, someone)
    await until_reads(stage, someone, "••••1111")
    view = await pressed(stage, someone, "connect_account")
    rights(stage, someone, is_admin=False)
    assert "Only workspace admins" in (await typed(stage, someone, view, *SECOND))["app_id"]
    for button in ("connect_account", "disconnect_account"):
        assert "Only workspace admins" in " ".join(texts((await pressed(stage, someone, button)).body["blocks"]))
    await open_home(stage, someone)
    await until_reads(stage, someone, lambda said: "AI Studios account" not in said)
    await open_home(stage, ANA)
    assert "••••1111" in read(stage, ANA)


@pytest.mark.parametrize("button", ["connect_account", "disconnect_account"])
async def test_an_admins_id_in_another_workspace_is_no_admins(stage: Stage, button: str) -> None:
    """A press that Slack signs, by somebody from elsewhere who bears an admin's id: refused, and nothing is changed."""
    await connect(stage, FIRST)
    press = {
        "type": "block_actions",
        "team": {"id": stage.slack.world.team_id},
        "user": {"id": ANA, "team_id": "T0NOTHERE"},
        "container": {"type": "view"},
        "trigger_id": "1.2.3",
        "actions": [{"action_id": button, "block_id": "b", "type": "button", "value": ""}],
    }
    known = len(stage.slack.calls_to("views.open"))
    body = urlencode({"payload": json.dumps(press)}).encode()
    assert is_content(await post(stage.slack, body, signed(body, now())))
    shown = await stage.slack.until(lambda: stage.slack.calls_to("views.open")[known:], what="the answer")
    assert "Only workspace admins" in str(shown[0])
    await open_home(stage, ANA)
    assert "••••1111" in read(stage, ANA)


async def test_what_slack_does_not_say_is_no_permission(stage: Stage) -> None:
    """When Slack doesn't tell who is an admin, nothing opens and nothing is changed."""
    await connect(stage, FIRST)
    form = await pressed(stage, ANA, "connect_account")
    stage.slack.faults.add("users.info", times=None, error="internal_error")
    assert "Slack couldn't tell me" in (await typed(stage, ANA, form, *SECOND))["app_id"]
    notice = await pressed(stage, ANA, "disconnect_account")
    assert "Slack couldn't tell me" in " ".join(texts(notice.body["blocks"]))
    assert "••••1111" in read(stage, ANA)


async def test_a_render_is_finished_with_the_account_that_it_began_with(stage: Stage, script: str) -> None:
    """Replaced and then disconnected while it renders, also over a restart: the video comes, and new ones are made
    with the new account."""
    await connect(stage, FIRST)
    someone = newcomer(stage, "U0RENDER1")
    stage.studio.hold()
    root = await make_video(stage, someone, script, model=SERA)
    await until_submitted(stage, script)
    await connect(stage, SECOND)
    again = await make_video(stage, someone, f"{script} And more.", model=DANIEL)
    await until_submitted(stage, f"{script} And more.")
    await disconnect(stage)
    await restart(stage)
    stage.studio.release()
    await until_video(stage, root)
    await until_video(stage, again)
    assert payer(stage, script) == [FIRST[0]]
    assert payer(stage, f"{script} And more.") == [SECOND[0]]


async def test_another_accounts_avatars_are_not_offered(stage: Stage, script: str) -> None:
    """After a replacement neither the type-ahead nor a form that is filled in from an earlier video shows them."""
    await connect(stage, FIRST)
    someone = newcomer(stage, "U0AVATAR1")
    await until_video(stage, await make_video(stage, someone, script, model=SERA))
    await connect(stage, SECOND)
    view = await open_form(stage, someone)
    assert SERA not in str(view.body)

    async def offered() -> bool:
        options = await stage.slack.person(someone).suggestions(view, "model", "")
        return [option["value"] for option in options] == [DANIEL, "M0003"]

    await until_true(offered, what="the second account's avatars alone")
    await open_home(stage, someone)
    shown = stage.slack.person(someone).home()
    assert shown
    reply = await stage.slack.person(someone).press(shown, "make_again")
    filled = (await stage.slack.person(someone).view(of=reply)).body
    assert script in str(filled)
    assert SERA not in str(filled)


async def test_a_lost_answer_is_looked_for_in_the_accounts_own_projects(stage: Stage, script: str) -> None:
    """Replaced while the outcome of the submission is unknown: the project is found where it was sent."""
    await connect(stage, FIRST)
    stage.studio.hold()
    stage.studio.faults.add("/simple/custom", drop="after")
    root = await make_video(stage, script=script, model=SERA)
    await until_submitted(stage, script)
    await connect(stage, SECOND)
    stage.studio.release()
    await until_video(stage, root)
    assert payer(stage, script) == [FIRST[0]]


async def test_another_try_is_made_with_the_present_account(stage: Stage, script: str) -> None:
    """*Try again* is a new video: the account that failed is no longer the workspace's."""
    await connect(stage, FIRST)
    someone = newcomer(stage, "U0TRYAGN1")
    stage.studio.hold()
    root = await make_video(stage, someone, script, model=UNLISTED)
    stage.studio.fail_render(await until_submitted(stage, script))
    await until_says(stage, root, "⚠️")
    await connect(stage, SECOND)
    stage.studio.release()
    (told,) = mentions(stage, root, someone)
    assert is_content(await stage.slack.person(someone).press(told, "try_again"))
    await until_video(stage, root)
    assert payer(stage, script) == [FIRST[0], SECOND[0]]


async def test_a_workflows_step_says_so_too(stage: Stage, script: str) -> None:
    """Without an account the step fails with the words for who has to do what."""
    await disconnect(stage)
    run = await run_step(stage, script, model=SERA)
    assert "A workspace admin can connect one" in await until_failed(stage, run)


async def test_a_form_that_was_open_loses_nothing(stage: Stage, script: str) -> None:
    """Submitted after a disconnect it stays open and says why; once an account is there again, it is taken."""
    await connect(stage, FIRST)
    view = await open_form(stage)
    filled = await answers(stage, view, script, model=SERA)
    await disconnect(stage)
    refused = await stage.slack.person(ANA).submit(view, filled)
    assert "No AI Studios account" in refused.errors["script"]
    await connect(stage, FIRST)
    assert (await stage.slack.person(ANA).submit(view, filled)).closed
    await until_submitted(stage, script)


async def test_an_uninstalled_account_ends_its_exports(stage: Stage, script: str) -> None:
    """What can no longer be followed ends with a message, and with the truth about the credits."""
    await connect(stage, FIRST)
    someone = newcomer(stage, "U0GONE001")
    stage.studio.hold()
    root = await make_video(stage, someone, script, model=SERA)
    await until_submitted(stage, script)
    await stage.bot.stop()
    await forget_everything(stage)
    await stage.bot.start()
    await stage.slack.until(lambda: text_of(root).startswith("⚠️"), timeout=60, what="its end")
    told = "\n".join(text_of(reply) for reply in replies(stage, root))
    assert "no longer connected" in told
    assert "nothing was spent" not in told


async def forget_everything(stage: Stage) -> None:
    """As another replica does when the app is uninstalled."""
    database = opened(f"sqlite:///{stage.folder}/avatar-bot.db")
    await Vault(database, Seals([KEY])).forget(stage.slack.world.team_id)
    await closed(database)


async def test_nobody_reads_the_keys(stage: Stage) -> None:
    """They are in no byte of what the bot keeps and logs, and in nothing that it sends to Slack."""
    await connect(stage, SECOND)
    kept = {path.name: path.read_bytes() for path in stage.folder.iterdir() if path.is_file()}
    assert {"avatar-bot.db", "bot.log"} <= set(kept)
    said = str([call.arguments for call in stage.slack.calls])
    for secret in (FIRST[1], SECOND[1], KEY, SECOND[0]):
        assert [name for name, content in kept.items() if secret.encode() in content] == []
        assert secret not in said


async def test_two_replicas_share_the_accounts(database_url: str) -> None:
    """On Postgres several start at once on an empty database, and what one connects the other one knows."""
    async with httpx.AsyncClient() as http:
        base_url = "http://127.0.0.1:9"
        client = AIStudiosClient(http, base_url=base_url, tokens=FixedToken())
        databases = [opened(database_url), opened(database_url)]
        one, other = (Accounts(lambda _: client, None, Vault(database, Seals([KEY]))) for database in databases)
        await asyncio.gather(one.open(), other.open())
        await one.connect("T1", "U1", Credentials(app_id=FIRST[0], user_key=SecretStr(FIRST[1])))
        account = one.of("T1")
        assert account
        assert (await other.by_id(account.id, "T1")).app_id_end == FIRST[0][-4:]
        await one.stop()
        await other.stop()
        await asyncio.gather(*(closed(database) for database in databases))
