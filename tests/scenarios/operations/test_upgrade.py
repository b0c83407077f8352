"""A new release goes on with the exports that an older one left, in every state in which they can wait."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.database import closed, opened
from bot.demo.slack import World, demo_world
from bot.demo.stage import Stage
from bot.engine.mailbox import Mailbox
from bot.engine.release import current_release, is_newer, recorded_release
from bot.engine.runtime import WORKFLOW_VERSION
from bot.engine.serializer import JsonSerializer
from bot.exports.history.records import Records
from bot.exports.models import STORED_TYPES, ApprovalDecision, Progress, Stop
from bot.exports.states import STAGES
from bot.exports.usage import Usage
from bot.exports.workflow.queue import OPERATOR_QUEUE, QUEUE
from tests.crashes import workflow_source
from tests.crashes.scenarios import LOST, Outcome, outcome
from tests.data.history import DATABASE, FOLDER, TABLES, History, finish_render, in_one_commit, make_tables
from tests.data.waiting import (
    APPROVERS,
    DISCARD,
    LEAVE_IT,
    STATES,
    SUBMIT_AGAIN,
    TRY_AGAIN,
    script_of,
)
from tests.scenarios.credits.test_approval import decline, until_asked
from tests.scenarios.presses import buttons, press
from tests.scenarios.scene import (
    ANA,
    MINJI,
    bills,
    element,
    quickly_staged,
    replies,
    text_of,
    until_announced,
    until_notified,
    until_says,
    until_true,
    until_video,
)

NAMES = [state.name for state in STATES]
# The world of the next bot gives out no id that is in a history.
FIRST_ID = 1_000_000
IN_TURN = "in-the-queue"
# The settings have not changed, but for those of the queue.
SETTINGS = {"APPROVAL_CHANNEL": APPROVERS, "POLL_SECONDS": "0.5"}
ANOTHER = "Make another version"
# The tables are those of a bot without limits.
ONE_AT_ONCE = "UPDATE queues SET concurrency = 1, polling_interval_sec = 0.5 WHERE name = 'exports'"

Act = Callable[[Stage, str], Awaitable[None]]

VIDEO = Outcome()
# The project is found in no place, and was never billed.
QUESTION = Outcome(sign="❔", videos=0, open_questions=1, bills=0)
STOPPED = Outcome(sign="⏹", replies=1, videos=0, mentions=0)
SECOND_TRY = Outcome(replies=3, mentions=2)


async def wait(stage: Stage, script: str) -> None:
    """The export needs nobody."""


async def approve(stage: Stage, script: str) -> None:
    await stage.slack.person(MINJI).press(await until_asked(stage, script), "approve")


async def decline_it(stage: Stage, script: str) -> None:
    await decline(stage, await until_asked(stage, script), "Not now")


async def tell_of_the_end(stage: Stage, script: str) -> None:
    """The webhook has an address that the older bot gave."""
    project = next(one for one in stage.studio.projects.values() if one.request.text == script)
    assert await stage.studio.send_webhook(project.id, 100) == 200


async def make_another(stage: Stage, script: str) -> None:
    """What was chosen is in the form again."""
    reply = replies(stage, await until_announced(stage, script))[0]
    someone = stage.slack.person(ANA)
    view = await someone.view(of=await press(stage, reply, ANOTHER))
    assert element(view, "script")["initial_value"] == script


def pressing(label: str) -> Act:
    """Somebody presses this button, which the older bot has posted."""

    async def press_it(stage: Stage, script: str) -> None:
        thread = replies(stage, await until_announced(stage, script))
        await press(stage, next(one for one in thread if label in buttons(one)), label)

    return press_it


@dataclass(frozen=True)
class Case:
    """How an export in this state goes on, and what there is of it in the end, over both lives of the bot."""

    state: str
    ends: Outcome
    act: Act = wait
    number: int = 0

    @property
    def script(self) -> str:
        return script_of(self.state, self.number)

    def __str__(self) -> str:
        return f"{self.state} ({self.number})"


CASES = (
    Case("waiting-for-approval", Outcome(roots=2), approve),
    Case("waiting-for-approval", Outcome(roots=2, sign="🚫", videos=0, bills=0), decline_it, number=1),
    Case("ai-studios-is-busy", VIDEO),
    Case("searching", VIDEO),
    Case("searching", VIDEO, number=1),
    Case("searching", QUESTION, number=2),
    Case("submitted", VIDEO),
    Case("rendering-by-polling", VIDEO),
    Case("rendering-by-webhooks", VIDEO, tell_of_the_end),
    Case("silent", VIDEO),
    Case("rendered-without-a-link", VIDEO),
    Case("file-store-away", VIDEO),
    Case("slack-away-at-the-upload", VIDEO),
    Case("slack-away-before-the-announcement", VIDEO),
    Case("slack-away-at-the-delivery", VIDEO),
    Case("slack-away-after-the-delivery", VIDEO),
    Case("slack-away-at-the-failure", Outcome(sign="⚠", videos=0, bills=0)),
    Case("question", SECOND_TRY, pressing(SUBMIT_AGAIN)),
    Case("question", Outcome(sign="⚪", videos=0, bills=0), pressing(LEAVE_IT), number=1),
    Case("answered-before-the-end", SECOND_TRY),
    Case("failed", SECOND_TRY, pressing(TRY_AGAIN)),
    Case("retried-by-the-operator", SECOND_TRY),
    Case("stopped", STOPPED, pressing(DISCARD)),
    Case("stopped", STOPPED, number=1),
    Case("stopped-by-the-operator", STOPPED),
    Case("deletion-later", STOPPED),
    Case("discarded-before-the-end", STOPPED),
    Case("slack-away-at-the-approval", Outcome(roots=2)),
    Case("slack-away-at-the-approval", Outcome(roots=2), approve, number=1),
    Case("slack-away-at-the-answer", Outcome(sign="⚪", videos=0, bills=0)),
    Case("slack-away-at-the-direct-message", LOST.ends),
    Case("slack-away-at-the-report", Outcome(completed_steps=1)),
    Case("step-of-a-workflow", Outcome(completed_steps=1)),
    Case("ready", VIDEO, make_another),
)
CASES_IN_TURN = (
    Case(IN_TURN, VIDEO),
    Case(IN_TURN, VIDEO, number=1),
    Case(IN_TURN, Outcome(sign="⏹", replies=1, videos=0, mentions=0, bills=0), number=2),
    Case(IN_TURN, SECOND_TRY, number=3),
)
DISCARDED = {script_of(name) for name in ("stopped", "deletion-later", "discarded-before-the-end")}
RENDERING = ("submitted", "rendering-by-polling", "silent")
# Every value that was written by the serializer.
WRITTEN = (
    "SELECT inputs FROM workflow_input UNION SELECT output FROM workflow_output"
    " UNION SELECT output FROM operation_outputs UNION SELECT body FROM avatar_bot_mailbox"
)


def later_world() -> World:
    world = demo_world()
    world.serial = count(FIRST_ID)
    return world


@asynccontextmanager
async def upgraded(
    folder: Path,
    names: Sequence[str],
    *,
    settings: Mapping[str, str | None] = SETTINGS,
    rendered: bool = True,
    change: str = "",
) -> AsyncIterator[Stage]:
    """The bot of today over what the older one left, in a workspace and with an account as they are by then."""
    slack = {"world": later_world(), "time_scale": 60}
    async with quickly_staged(folder, settings=settings, slack=slack, start=False) as stage:
        make_tables(folder)
        for name in names:
            History.read(name).put_into(stage, rendered=rendered)
        with closing(sqlite3.connect(folder / DATABASE)) as connection:
            connection.executescript(change)
        await stage.bot.start()
        yield stage


async def all_go_on(stage: Stage, cases: Sequence[Case]) -> None:
    """All at once; whatever does not end as it should is named."""
    results = await asyncio.gather(*(goes_on(stage, case) for case in cases), return_exceptions=True)
    wrong = {case: result for case, result in zip(cases, results, strict=True) if result is not None}
    assert not wrong, "\n".join(f"{case}: {error!r}" for case, error in wrong.items())
    # Nothing comes afterwards.
    await until_ended(stage)
    ends = {str(case): outcome(stage, case.script) for case in cases}
    assert ends == {str(case): case.ends for case in cases}


async def goes_on(stage: Stage, case: Case) -> None:
    await case.act(stage, case.script)
    try:
        await stage.slack.until(lambda: outcome(stage, case.script) == case.ends)
    except TimeoutError:
        raise AssertionError(f"{outcome(stage, case.script)} instead of {case.ends}") from None
    if case.ends.sign == "✅":
        await until_video(stage, await until_announced(stage, case.script))


async def until_ended(stage: Stage) -> None:
    """Waits until no workflow is left to go on with."""

    async def ended() -> bool:
        running = "SELECT 1 FROM workflow_status WHERE status NOT IN ('SUCCESS', 'ERROR', 'CANCELLED')"
        return not strings(stage.folder, running)

    await until_true(ended, what="the end of every workflow")


def strings(folder: Path, query: str) -> set[str]:
    """The texts that one column of the database holds."""
    with closing(sqlite3.connect(f"{(folder / DATABASE).as_uri()}?mode=ro", uri=True)) as connection:
        return {value for (value,) in connection.execute(query) if value is not None}


def projects(stage: Stage, script: str) -> list[str]:
    return [project.id for project in stage.studio.projects.values() if project.request.text == script]


def test_every_state_is_recorded_and_goes_on() -> None:
    """The histories are those of the states that there are, and each of their exports has a case."""
    assert {file.stem for file in FOLDER.iterdir()} == {*NAMES, TABLES}
    assert {case.script for case in (*CASES, *CASES_IN_TURN)} == {one for state in STATES for one in state.scripts}


async def test_what_waited_goes_on_after_an_upgrade(tmp_path: Path) -> None:
    """Each export ends in its old thread as it would have, with nothing said or billed anew."""
    names = [name for name in NAMES if name != IN_TURN]
    async with upgraded(tmp_path, names) as stage:
        await all_go_on(stage, CASES)
        kept = {case.script for case in CASES if bills(stage, case.script)} - DISCARDED
        assert {script for script in kept if not projects(stage, script)} == set()
        assert {script for script in DISCARDED if projects(stage, script)} == set()
        for script in DISCARDED:
            assert "deleted the project" in text_of(replies(stage, await until_announced(stage, script))[0])


async def test_the_queue_goes_on_after_an_upgrade(tmp_path: Path) -> None:
    """The one that ran goes on first; those behind it wait for their turn, and the one that was stopped is not sent."""
    settings = {**SETTINGS, "MAX_CONCURRENT_EXPORTS": "1"}
    running, *waiting = (case.script for case in CASES_IN_TURN)
    async with upgraded(tmp_path, [IN_TURN], settings=settings, rendered=False, change=ONE_AT_ONCE) as stage:
        (project_id,) = projects(stage, running)
        await stage.studio.until(
            lambda: any(call.path.endswith(f"/editor/progress/{project_id}") for call in stage.studio.calls),
            what="a question about the one that ran",
        )
        assert [script for script in waiting if bills(stage, script)] == []
        finish_render(stage, project_id)
        await all_go_on(stage, CASES_IN_TURN)


@pytest.mark.parametrize(
    "change",
    [
        {"POLL_SECONDS": "15", "PUBLIC_URL": None},
        pytest.param({"EXPORT_TIMEOUT_SECONDS": "1", "MAX_CONCURRENT_EXPORTS": "1"}, marks=pytest.mark.long),
    ],
    ids=str,
)
async def test_exports_in_flight_end_after_a_change_of_settings(
    tmp_path: Path, change: Mapping[str, str | None]
) -> None:
    """What an operator sets for new exports does not strand the ones in flight."""
    async with upgraded(tmp_path, RENDERING, settings={"POLL_SECONDS": "0.5", **change}) as stage:
        await all_go_on(stage, [case for case in CASES if case.state in RENDERING])


@pytest.mark.long
@pytest.mark.parametrize("unread", ["", "queue_position"])
async def test_what_waited_in_the_queue_goes_on_without_its_limits(tmp_path: Path, unread: str) -> None:
    """When an operator takes the limits away, nobody stays in the queue; nor when its waiting can't be read."""
    async with upgraded(tmp_path, [IN_TURN], change=f"{ONE_AT_ONCE};{unreadable(unread)}") as stage:
        await all_go_on(stage, CASES_IN_TURN)


async def test_a_history_that_no_release_can_read_is_no_silence(tmp_path: Path) -> None:
    """People are told in the thread to look at AI Studios, lists say that it failed, and nothing is sent or billed."""
    names = ["submitted", "waiting-for-approval"]
    async with upgraded(tmp_path, names, change=unreadable("submit", "asked_at")) as stage:
        for script in (script_of("submitted"), script_of("waiting-for-approval")):
            root = await until_announced(stage, script)
            assert "look at the AI Studios dashboard" in await until_notified(stage, root)
            await until_says(stage, replies(stage, root)[0], "⚠️")
        await until_true(lambda: is_failed(stage), what="failed exports in the table")
        assert not any(call.path.endswith("/simple/custom") for call in stage.studio.calls)


def unreadable(*steps: str) -> str:
    """A change of a history: these steps have names that no release knows."""
    changes = (f"UPDATE operation_outputs SET function_name = '?' WHERE function_name = '{step}'" for step in steps)  # noqa: S608
    return ";".join(changes)


async def is_failed(stage: Stage) -> bool:
    return strings(stage.folder, "SELECT stage || ' ' || failure FROM avatar_bot_exports") == {"failed internal"}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database in which all the histories are."""
    folder = tmp_path_factory.mktemp("history")
    make_tables(folder)
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        for name in NAMES:
            connection.executescript(in_one_commit(History.read(name).rows))
    return folder


def test_every_stage_at_which_an_export_can_wait_is_recorded(history: Path) -> None:
    """A stage that is added to the table of states needs a history as well."""
    waiting = {stage for stage, record in STAGES.items() if not record.ended}
    assert waiting <= strings(history, "SELECT stage FROM avatar_bot_exports")


def test_the_version_of_the_histories_is_still_pinned(history: Path) -> None:
    """The engine only takes up the workflows of its own version, so that the version stays."""
    assert strings(history, "SELECT application_version FROM workflow_status") == {WORKFLOW_VERSION}


def test_the_names_in_the_histories_still_exist(history: Path) -> None:
    """Workflows, their class, its instance, their queues and steps are found again by their recorded names."""
    workflows = strings(history, "SELECT name FROM workflow_status")
    classes = strings(history, "SELECT class_name FROM workflow_status")
    recorded = strings(history, "SELECT function_name FROM operation_outputs")
    assert workflows | classes <= workflow_source.registered_names()
    assert strings(history, "SELECT config_name FROM workflow_status") == {"exports"}
    assert strings(history, "SELECT queue_name FROM workflow_status") == {QUEUE, OPERATOR_QUEUE}
    assert {name for name in recorded - workflows if not name.startswith("DBOS.")} <= workflow_source.step_names()


def test_the_values_in_the_histories_can_still_be_read(history: Path) -> None:
    """The serializer bears its old name, and it and the models read what was written."""
    written = strings(history, WRITTEN)
    serializer = JsonSerializer(STORED_TYPES)
    for text in written:
        assert serializer.deserialize(text) is not None or text == "null"
    assert strings(history, "SELECT serialization FROM workflow_status") == {serializer.name()}
    names = {name for text in written for name in types_in(json.loads(text))}
    assert names <= {kind.__name__ for kind in STORED_TYPES}


def types_in(value: object) -> Iterator[str]:
    """The names of the models in a written value."""
    if isinstance(value, dict) and "$type" in value:
        yield value["$type"]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from types_in(part)


async def test_our_own_tables_in_the_histories_can_still_be_read(history: Path) -> None:
    """Today's code reads the exports, their messages and the month's sum as they were written."""
    database = opened(f"sqlite:///{history / DATABASE}")
    records = Records(database)
    mailbox = Mailbox(database, JsonSerializer(STORED_TYPES), records)
    await records.prepare()
    await mailbox.prepare()
    exports = await records.newest(limit=1000)
    assert {one.export_id for one in exports} == strings(history, "SELECT export_id FROM avatar_bot_exports")
    assert {one.person for one in exports} == {f"T0AVATARS:{ANA}"}
    messages = [message.body for one in exports for message in await mailbox.read(one.export_id)]
    assert {type(body) for body in messages} == {ApprovalDecision, Progress, Stop}
    assert await records.usage("T0AVATARS") == Usage(videos=2, credits=2)
    await closed(database)


def test_the_release_that_left_a_history_is_known(history: Path) -> None:
    """An operator's check tells which release has worked on a database."""
    engine = sa.create_engine(f"sqlite:///{history / DATABASE}")
    with engine.connect() as connection:
        release = recorded_release(connection)
    assert release
    assert not is_newer(release, current_release())
    engine.dispose()
