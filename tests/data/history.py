"""What is left of exports whose bot has died: rows of its database, and the messages and projects of the outside.

A history is two files: the rows as SQL, and what Slack and AI Studios have as JSON. The tables lie apart, since they
are the same in each. Times and addresses are those of the recording; they are moved when a history is read.
"""

import json
import re
import socket
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.demo.aistudios import ExportRequest, Project
from bot.demo.slack import Execution, File, Message
from bot.demo.slack.state.world import Share
from bot.demo.stage import APP_ID, Stage
from bot.demo.video import Speaker, short_video

FOLDER = Path(__file__).parent / "history-1.0"
DATABASE = "avatar-bot.db"
TABLES = "tables"
# Rows of these are there as soon as a bot has started, so that they come with the tables.
COMMON = ("dbos_migrations", "application_versions", "queues", "avatar_bot_release", "sqlite_sequence")
# How long the bot has been down when the next one starts (seconds).
DOWN = 10.0
# A number in a history is a time when it lies this close to that of the recording (seconds).
NEAR = 3600

MESSAGE = ("ts", "channel", "user", "text", "bot_id", "blocks", "thread_ts", "metadata")
FILE = ("id", "name", "size", "upload_token", "owner", "title", "alt_txt", "state", "mimetype", "created")
_SECONDS_OR_MILLISECONDS = re.compile(r"(?<![0-9A-Za-z.])([0-9]{10})([0-9]{3})?(?![0-9A-Za-z])")
_LARGE_FLOAT = re.compile(r"[0-9]\.[0-9]+e\+09")
_USAGE = re.compile(r"(INSERT INTO \"avatar_bot_usage\" VALUES\('[^']+'),'[^']+',([0-9]+,[0-9]+)\);")
# All histories are of one workspace, which used what it did in this month.
_ADDED = (
    r"\1,strftime('%Y-%m', 'now'),\2) ON CONFLICT DO UPDATE"
    " SET videos = videos + excluded.videos, credits = credits + excluded.credits;"
)


@dataclass(frozen=True)
class History:
    """One or several exports in one state; `outside` is what Slack and AI Studios have of them."""

    rows: str
    outside: Mapping[str, Any]

    @classmethod
    def of(cls, stage: Stage) -> "History":
        """What the bot of this stage has left."""
        inserts = [line for line in _dump(stage) if line.startswith("INSERT") and _table(line) not in COMMON]
        outside = json.dumps(_outside(stage), ensure_ascii=False)
        return cls(_without_addresses(stage, "\n".join(inserts)), json.loads(_without_addresses(stage, outside)))

    @classmethod
    def read(cls, name: str) -> "History":
        """A recorded one, as if its bot had died a moment ago."""
        rows = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
        outside = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
        recorded_at = json.loads(outside)["recorded_at"]
        return cls(_moved(rows, recorded_at), json.loads(_moved(outside, recorded_at)))

    def write(self, name: str) -> None:
        (FOLDER / f"{name}.sql").write_text(self.rows + "\n", encoding="utf-8")
        (FOLDER / f"{name}.json").write_text(_one_a_line(self.outside), encoding="utf-8")

    def put_into(self, stage: Stage, *, rendered: bool) -> None:
        """The next bot finds it so. When `rendered`, AI Studios has made the videos while no bot was there."""
        with closing(sqlite3.connect(stage.folder / DATABASE)) as connection:
            connection.executescript(in_one_commit(_with_addresses(stage, self.rows)))
        outside = json.loads(_with_addresses(stage, json.dumps(self.outside)))
        for row in outside["files"]:
            _put_file(stage, row)
        for row in outside["messages"]:
            _put_message(stage, row)
        for row in outside["runs"]:
            stage.slack.world.executions[row["id"]] = Execution(**row, started=time.monotonic())
        for row in outside["projects"]:
            _put_project(stage, row)
            if rendered:
                finish_render(stage, row["id"])


def in_one_commit(rows: str) -> str:
    """A script that inserts the rows of a history, also beside those of others."""
    return f"BEGIN; {_USAGE.sub(_ADDED, rows)} COMMIT;"


def write_tables(stage: Stage) -> None:
    """What the database of a bot holds that nobody has asked for anything."""
    FOLDER.mkdir(exist_ok=True)
    statements = [line for line in _dump(stage) if not line.startswith("INSERT") or _table(line) in COMMON]
    kept = [line for line in statements if "sqlite_sequence" not in line]
    (FOLDER / f"{TABLES}.sql").write_text("\n".join(kept) + "\n", encoding="utf-8")


def make_tables(folder: Path) -> None:
    """A database of the recorded release, in which nobody has asked for anything."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.executescript((FOLDER / f"{TABLES}.sql").read_text(encoding="utf-8"))


def finish_render(stage: Stage, project_id: str) -> None:
    """AI Studios gets done with a project, of which no webhook tells."""
    project, video = stage.studio.projects[project_id], stage.folder / "video.mp4"
    facts = short_video(video, script="", speaker=Speaker("", ""), language="en")
    project.state, project.progress, project.credit = "exported", 100.0, 1
    project.video, project.video_seconds = video, facts.seconds
    project.download_url = f"{stage.studio.base_url}/videos/{project_id}.mp4"


def _one_a_line(outside: Mapping[str, Any]) -> str:
    """As JSON, with each message, file and project on a line of its own."""
    listed = [f'"{name}": {_lines(value)}' for name, value in outside.items()]
    return "{\n" + ",\n".join(listed) + "\n}\n"


def _lines(value: object) -> str:
    if not (isinstance(value, list) and value):
        return json.dumps(value)
    return "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in value) + "\n]"


def _dump(stage: Stage) -> list[str]:
    with closing(sqlite3.connect(stage.folder / DATABASE)) as connection:
        return [_plain(statement) for statement in connection.iterdump()]


def _table(insert: str) -> str:
    return insert.split('"', 2)[1]


def _plain(statement: str) -> str:
    """Without this machine's name, by which others know its processes, and with times in plain figures."""
    named = re.sub(rf"{re.escape(socket.gethostname())}-[0-9]+-[0-9a-f]+", "an-earlier-process", statement)
    return _LARGE_FLOAT.sub(lambda number: f"{float(number[0]):.6f}", named)


def _addresses(stage: Stage) -> Mapping[str, str]:
    """Each run of the tests has other ports."""
    return {
        "http://slack.invalid": stage.slack.workspace.base_url,
        "http://aistudios.invalid": stage.studio.base_url,
        "http://bot.invalid": stage.bot.url,
    }


def _without_addresses(stage: Stage, text: str) -> str:
    for stand_in, address in _addresses(stage).items():
        text = text.replace(address, stand_in)
    return text


def _with_addresses(stage: Stage, text: str) -> str:
    for stand_in, address in _addresses(stage).items():
        text = text.replace(stand_in, address)
    return text


def _moved(text: str, recorded_at: float) -> str:
    """With all times, and the timestamps of messages, as if it had been recorded a moment ago."""
    by = int(time.time() - DOWN - recorded_at)

    def moved(number: re.Match[str]) -> str:
        seconds, rest = int(number[1]), number[2] or ""
        return f"{seconds + by}{rest}" if abs(seconds - recorded_at) < NEAR else number[0]

    return _SECONDS_OR_MILLISECONDS.sub(moved, text)


def _outside(stage: Stage) -> dict[str, Any]:
    return {
        "recorded_at": time.time(),
        "messages": [_message(message) for message in _messages(stage)],
        "files": [_file(file) for file in stage.slack.world.files.values() if file.state != "pending"],
        "runs": [{"id": run.id, "callback_id": run.callback_id, "token": run.token} for run in _runs(stage)],
        "projects": [_project(project) for project in stage.studio.projects.values()],
    }


def _messages(stage: Stage) -> Iterator[Message]:
    for channel in stage.slack.world.channels.values():
        yield from channel.messages.values()


def _runs(stage: Stage) -> Sequence[Execution]:
    return list(stage.slack.world.executions.values())


def _message(message: Message) -> dict[str, Any]:
    row = {name: getattr(message, name) for name in MESSAGE}
    return {**row, "notified": sorted(message.notified), "files": [file.id for file in message.files]}


def _file(file: File) -> dict[str, Any]:
    return {name: getattr(file, name) for name in FILE} | {"shares": [asdict(share) for share in file.shares]}


def _project(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "task_id": project.task_id,
        "backend_task_id": project.backend_task_id,
        "created_at": project.created_at.timestamp(),
        "progress": project.progress,
        "request": asdict(project.request),
    }


def _put_file(stage: Stage, row: Mapping[str, Any]) -> None:
    shares = [Share(**share) for share in row["shares"]]
    file = File(**{**row, "shares": shares, "path": stage.slack.workspace.files / row["id"]})
    stage.slack.world.files[file.id] = file


def _put_message(stage: Stage, row: Mapping[str, Any]) -> None:
    files = [stage.slack.world.files[file_id] for file_id in row["files"]]
    stage.slack.world.add(Message(**{**row, "files": files, "notified": set(row["notified"])}))


def _put_project(stage: Stage, row: Mapping[str, Any]) -> None:
    """A project that is being rendered, and was billed when it was accepted."""
    project = Project(
        stage.studio.accounts[APP_ID],
        ExportRequest(**row["request"]),
        steps=(),
        state="exporting",
        progress=row["progress"],
        id=row["id"],
        task_id=row["task_id"],
        backend_task_id=row["backend_task_id"],
        created_at=datetime.fromtimestamp(row["created_at"], UTC),
    )
    stage.studio.projects[project.id] = project
    stage.studio.billed.append(project.submission())
