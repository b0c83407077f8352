"""The output of `avatar-bot exports`: a table, the details of one export, or JSON."""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.accounts.vendor import editor_url
from bot.cli.exports import wording
from bot.exports.history.operator import ExportView, WorkflowHistory
from bot.exports.models import Submission

_COLUMNS = ("id", "state", "age", "last update", "step", "where", "who")
_WORKSPACE = "workspace"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def print_list(to: Console, views: Sequence[ExportView]) -> None:
    if not views:
        to.print("There are none.")
        return
    of_several = len({_team_of(view) for view in views}) > 1
    columns = (*_COLUMNS, _WORKSPACE) if of_several else _COLUMNS
    table = Table(*columns, box=box.SIMPLE if to.is_terminal else None, pad_edge=False)
    table.columns[0].no_wrap = True
    for view in views:
        cells = (*_cells(view), _team_of(view)) if of_several else _cells(view)
        table.add_row(*(Text(cell) for cell in cells))
    to.print(table)


def _cells(view: ExportView) -> tuple[str, ...]:
    summary, now = view.summary, time.time()
    return (
        summary.export_id,
        wording.state_of(view),
        _ago(now - view.begun_at),
        _ago(now - view.updated_at),
        wording.latest_step(view),
        " ".join(_place(view)),
        summary.request.requester.user_id or "Workflow Builder",
    )


def _team_of(view: ExportView) -> str:
    return view.summary.request.requester.team_id


def _place(view: ExportView) -> tuple[str, ...]:
    """The ids of the conversation and the thread; before the announcement only the id of the chosen conversation."""
    posted = view.summary.posted
    return (posted.channel_id, posted.root_ts) if posted else (view.summary.request.options.channel_id,)


def _ago(seconds: float) -> str:
    """A duration rounded down to one unit; 0 s when the operator's clock is behind the bot's."""
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name}"
    return f"{max(seconds, 0):.0f} s"


def print_whole(to: Console, view: ExportView, histories: Sequence[WorkflowHistory], base_url: str) -> None:
    facts = Table(box=None, show_header=False, pad_edge=False)
    for name, words in _facts(view, histories, base_url):
        facts.add_row(Text(name, style="bold"), Text(words))
    to.print(facts)
    steps = Table("when", "what", box=box.SIMPLE if to.is_terminal else None, pad_edge=False)
    for at, words in _history(histories):
        steps.add_row(Text(_clock(at)), Text(words))
    to.print()
    to.print(steps)


def _facts(view: ExportView, histories: Sequence[WorkflowHistory], base_url: str) -> Iterable[tuple[str, str]]:
    requester, options = view.summary.request.requester, view.summary.request.options
    project_id = _project_of(view, histories)
    facts = {
        "id": view.summary.export_id,
        "state": wording.state_of(view),
        "waits for": wording.wait_of(view),
        "ended": wording.end_of(view),
        "who": f"{requester.user_id or 'a step of Workflow Builder'} in workspace {requester.team_id}",
        "where": ", thread ".join(_place(view)),
        # https://docs.slack.dev/interactivity/deep-linking
        "in Slack": f"https://slack.com/app_redirect?team={requester.team_id}&channel={_place(view)[0]}",
        "project": f"{project_id}  {editor_url(base_url, project_id)}" if project_id else "none known",
        "avatar": f"{options.avatar.name} ({options.avatar.id}), {options.language}, {options.resolution}",
        "script": f"{len(options.script)} characters: “{wording.first_words(options.script)}”",
        "requested": _clock(view.begun_at),
        "last update": _clock(view.updated_at),
    }
    return ((name, words) for name, words in facts.items() if words)


def _project_of(view: ExportView, histories: Sequence[WorkflowHistory]) -> str | None:
    """The project id of the latest attempt that has one."""
    if view.outcome and view.outcome.project_id:
        return view.outcome.project_id
    for history in reversed(histories):
        for step in history.steps:
            if isinstance(step.result, Submission) and step.result.project_id:
                return step.result.project_id
            if step.name == "find" and isinstance(step.result, str):
                return step.result
    return None


def _history(histories: Sequence[WorkflowHistory]) -> Iterable[tuple[float, str]]:
    """Every workflow and its steps in words, with the times of start and completion (Unix seconds)."""
    for history in histories:
        yield history.begun_at, f"{history.workflow_id}: {wording.workflow_title(history.name)}"
        for step in history.steps:
            if words := wording.step_words(step):
                yield step.done_at, f"  {words}"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")


def as_json(view: ExportView) -> dict[str, Any]:
    summary, requester, outcome = view.summary, view.summary.request.requester, view.outcome
    return {
        "id": summary.export_id,
        "request_id": view.request.request_id,
        "state": wording.UNREADABLE if view.broken else summary.state,
        "running": summary.in_flight and not view.broken,
        "percent": summary.percent,
        "waits_for": wording.wait_of(view),
        "ended": wording.end_of(view),
        "result": outcome.result if outcome else None,
        "failure": outcome.failure if outcome else None,
        "user_id": requester.user_id,
        "team_id": requester.team_id,
        "channel_id": _place(view)[0],
        "thread_ts": summary.posted.root_ts if summary.posted else None,
        "asked_at": _iso(view.begun_at),
        "news_at": _iso(view.updated_at),
        "step": wording.latest_step(view),
    }


def whole_as_json(view: ExportView, histories: Sequence[WorkflowHistory]) -> dict[str, Any]:
    history = [{"at": _iso(at), "what": words.strip()} for at, words in _history(histories)]
    return {
        **as_json(view),
        "project_id": _project_of(view, histories),
        "script_begins": wording.first_words(view.summary.request.options.script),
        "history": history,
    }
