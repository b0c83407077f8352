"""A new release goes on with the exports that an older one left in flight: the recorded histories are replayed."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.demo.aistudios import ExportRequest, Project
from bot.demo.slack import Message, World, demo_world
from bot.demo.stage import APP_ID, Stage
from bot.demo.video import short_video
from bot.engine.runtime import WORKFLOW_VERSION
from bot.engine.serializer import JsonSerializer
from bot.exports.models import Stored
from bot.exports.workflow.queue import QUEUE
from tests.crashes import workflow_source
from tests.data.record_history import SETTINGS
from tests.scenarios.scene import mentions, quickly_staged, replies, until_notified, until_video, videos

HISTORIES = sorted((Path(__file__).parent / "data").glob("history-*.sql"))
# How the engine names its own operations in a history.
ENGINE = "DBOS."


@dataclass(frozen=True)
class History:
    """One recorded export in mid-render: where it shows itself, and its project at AI Studios."""

    request: dict[str, Any]
    posted: dict[str, str]
    submission: dict[str, str]

    @classmethod
    def of(cls, database: Path) -> "History":
        with closing(sqlite3.connect(database)) as connection:
            ((inputs,),) = connection.execute(
                "SELECT input.inputs FROM workflow_input AS input JOIN workflow_status USING (workflow_uuid)"
                " WHERE name = 'export'"
            )
            ((output,),) = connection.execute("SELECT output FROM operation_outputs WHERE function_name = 'submit'")
        request, posted, _ = json.loads(inputs)["args"]["$tuple"]
        return cls(request, posted, json.loads(output))

    @property
    def requester(self) -> str:
        user_id: str = self.request["requester"]["user_id"]
        return user_id

    def world(self) -> World:
        """The workspace with the messages that the export has posted."""
        world, channel_id = demo_world(), self.posted["channel_id"]
        root_ts, reply_ts = self.posted["root_ts"], self.posted["reply_ts"]
        for ts, thread_ts in ((root_ts, None), (reply_ts, root_ts)):
            message = Message(ts, channel_id, world.bot_user_id, "as it was", bot_id=world.bot_id, thread_ts=thread_ts)
            world.add(message)
        return world

    def finished_project(self, stage: Stage) -> Project:
        """The project, whose render has ended while no bot was there."""
        project_id, video = self.submission["project_id"], stage.folder / "video.mp4"
        script, model, language = self.request["script"], self.request["avatar"]["id"], self.request["language"]
        facts = short_video(video, script=script, speaker="", language=language)
        return Project(
            stage.studio.accounts[APP_ID],
            ExportRequest(language, script, model),
            steps=(),
            state="exported",
            progress=100.0,
            credit=1,
            download_url=f"{stage.studio.base_url}/videos/{project_id}.mp4",
            video=video,
            video_seconds=facts.seconds,
            id=project_id,
            task_id=self.submission["task_id"],
        )


@pytest.fixture(params=HISTORIES, ids=lambda path: path.stem)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database as the older release left it, where the bot looks for its own."""
    path = tmp_path / "avatar-bot.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    return path


def strings(database: Path, query: str) -> set[str]:
    """The texts that one column of the history holds."""
    with closing(sqlite3.connect(database)) as connection:
        return {value for (value,) in connection.execute(query) if value is not None}


def test_there_is_a_history() -> None:
    """At least one history is replayed."""
    assert HISTORIES


async def test_an_export_in_flight_is_finished_after_an_upgrade(database: Path) -> None:
    """Over an older release's database, the video comes into the old thread, with nothing posted or billed anew."""
    await is_finished(database, SETTINGS)


@pytest.mark.parametrize("change", [{"POLL_SECONDS": "15"}, {"POLL_SECONDS": "0.5"}, {"EXPORT_TIMEOUT_SECONDS": "1"}])
async def test_an_export_in_flight_is_finished_after_a_change_of_settings(
    database: Path, change: Mapping[str, str]
) -> None:
    """What an operator sets for new exports does not strand the ones in flight."""
    await is_finished(database, {**SETTINGS, **change})


async def test_a_history_that_no_release_can_read_is_no_silence(database: Path) -> None:
    """Over a history that does not fit the workflow, the person is told to look at AI Studios; nothing is billed."""
    history = History.of(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE operation_outputs SET function_name = 'unheard of' WHERE function_name = 'submit'")
    world = {"world": history.world()}
    async with quickly_staged(database.parent, settings=SETTINGS, slack=world) as stage:
        (root,) = stage.slack.messages(history.posted["channel_id"])
        assert "look at your AI Studios dashboard" in await until_notified(stage, root, history.requester)
        assert not any(call.path.endswith("/simple/custom") for call in stage.studio.calls)


async def is_finished(database: Path, settings: Mapping[str, str]) -> None:
    """Starts the bot over a history, in a workspace and an account as they would be by then."""
    history = History.of(database)
    world = {"world": history.world()}
    async with quickly_staged(database.parent, settings=settings, slack=world, start=False) as stage:
        project = history.finished_project(stage)
        stage.studio.projects[project.id] = project
        await stage.bot.start()
        (root,) = stage.slack.messages(history.posted["channel_id"])
        video = await until_video(stage, root)
        assert replies(stage, root)[1:] == videos(stage, root) == mentions(stage, root) == [video]
        assert stage.slack.messages(root.channel) == [root]
        assert not stage.slack.calls_to("chat.postMessage")
        assert not any(call.path.endswith("/simple/custom") for call in stage.studio.calls)


def test_the_version_of_a_history_is_still_pinned(database: Path) -> None:
    """The engine only takes up the workflows of its own version, so that the version stays."""
    assert strings(database, "SELECT application_version FROM workflow_status") == {WORKFLOW_VERSION}


def test_the_names_in_a_history_still_exist(database: Path) -> None:
    """Workflows, their class, their queue and their steps are found again by the names they were recorded under."""
    workflows = strings(database, "SELECT name FROM workflow_status")
    classes = strings(database, "SELECT class_name FROM workflow_status")
    recorded = strings(database, "SELECT function_name FROM operation_outputs")
    assert workflows | classes <= workflow_source.registered_names()
    assert strings(database, "SELECT queue_name FROM workflow_status") <= {QUEUE}
    assert {name for name in recorded - workflows if not name.startswith(ENGINE)} <= workflow_source.step_names()


def test_the_values_in_a_history_can_still_be_read(database: Path) -> None:
    """The serializer and the models bear the names under which values were written."""
    assert strings(database, "SELECT serialization FROM workflow_status") == {JsonSerializer().name()}
    inputs = strings(database, "SELECT inputs FROM workflow_input")
    outputs = strings(database, "SELECT output FROM operation_outputs")
    written = {name for text in inputs | outputs for name in types_in(json.loads(text))}
    assert written <= {kind.__name__ for kind in Stored.__subclasses__()}


def types_in(value: object) -> Iterator[str]:
    """The names of the models in a written value."""
    if isinstance(value, dict) and "$type" in value:
        yield value["$type"]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from types_in(part)
