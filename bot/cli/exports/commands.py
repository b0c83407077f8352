"""`avatar-bot exports`, `retry` and `stop`: for the day when somebody asks where their video is."""

import json
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, get_args

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.aistudios.client import editor_url
from bot.cli.exports import wording as told
from bot.cli.exports.offline_command import NotDone, ask, run_offline, team_id_of, user_id_of
from bot.cli.report import console
from bot.engine.offline_client import OfflineClient
from bot.exports.history.operator import Chapter, NotPossible, Operator, ExportView, retry_option
from bot.exports.history.request_workflows import BROKEN, RUNNING
from bot.exports.history.summaries import State, result_of
from bot.exports.ids import requests_of
from bot.exports.models import Submission
from bot.settings import Settings

_KNOWN_STATES = (told.RUNNING, told.UNREADABLE, *get_args(State))
_COLUMNS = ("id", "state", "age", "last news", "step", "where", "who")
_WORKSPACE = "workspace"
_NO_BOT = "No bot runs on this database now; the next start carries it out."
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def list_exports(state: str | None, user_id: str | None, team_id: str | None, most: int, *, as_json: bool) -> int:
    """Prints the newest exports; gives the exit code."""

    async def act(offline: OfflineClient, _: Settings) -> int:
        _check_wanted(state, most)
        people = await _wanted_people(outside, user_id, team_id)
        async with aclosing(await _candidates(outside, people, state)) as candidates:
            sights = await _first(candidates, state, most)
        if as_json:
            print(json.dumps([_as_json(sight) for sight in sights], ensure_ascii=False, indent=2))
        else:
            _print_list(console(), sights)
        return 0

    return run_offline(act)


def show_export(beginning: str, *, as_json: bool) -> int:
    """Prints one export whole; gives the exit code."""

    async def act(offline: OfflineClient, settings: Settings) -> int:
        operator = Operator(offline.client)
        family = await operator.find(beginning)
        sight, chapters = await _seen(operator, beginning), await operator.chapters(family)
        if as_json:
            print(json.dumps(_whole_as_json(sight, chapters), ensure_ascii=False, indent=2))
        else:
            _print_whole(console(), sight, chapters, settings.aistudios_base_url)
        return 0

    return run_offline(act)


def retry_export(beginning: str, *, yes: bool) -> int:
    """Tries an export again, or submits it again; gives the exit code."""

    async def act(offline: OfflineClient, _: Settings) -> int:
        operator = Operator(offline.client)
        sight = await _seen(operator, beginning)
        chance = retry_option(sight)
        ask(_what_retry_means(sight, may_bill_twice=chance.may_bill_twice), yes=yes)
        print(f"It is tried again as {await operator.retry(chance)}; its thread shows how it goes.")
        if not offline.bot_runs:
            print(_NO_BOT)
        return 0

    return run_offline(act)


def stop_export(beginning: str) -> int:
    """Stops an export; gives the exit code."""

    async def act(offline: OfflineClient, _: Settings) -> int:
        operator = Operator(offline.client)
        export_id = await operator.stop(await operator.find(beginning))
        print(f"{export_id} is told to stop; its thread says so. AI Studios can't cancel a video that it has already.")
        if not offline.bot_runs:
            print(_NO_BOT)
        return 0

    return run_offline(act)


def _check_wanted(state: str | None, most: int) -> None:
    """Raises NotDone."""
    if state is not None and state not in _KNOWN_STATES:
        raise NotDone(f"There is no state “{state}”. These are: {', '.join(_KNOWN_STATES)}.", 2)
    if most < 1:
        raise NotDone("--limit takes a number from 1 on.", 2)


async def _wanted_people(offline: OfflineClient, user_id: str | None, team_id: str | None) -> list[str] | None:
    """None where anybody is wanted. Raises NotDone."""
    if user_id is None and team_id is None:
        return None
    return await offline.people(user_id_of(user_id) if user_id else None, team_id_of(team_id) if team_id else None)


async def _candidates(offline: OfflineClient, people: Sequence[str] | None, state: str | None) -> AsyncGenerator[ExportView]:
    """Newest first, and no more of the others than a quick look leaves in."""
    operator = Operator(offline.client)
    if people == []:
        return operator.these([])
    if state is None:
        return operator.newest(people, None)
    if state == told.UNREADABLE:
        return operator.newest(people, BROKEN)
    if result := result_of(state):
        return operator.these(requests_of(await offline.ended_with(result, people)))
    return operator.newest(people, RUNNING)


async def _first(candidates: AsyncGenerator[ExportView], state: str | None, most: int) -> list[ExportView]:
    sights: list[ExportView] = []
    async for sight in candidates:
        if told.is_in(sight, state):
            sights.append(sight)
        if len(sights) == most:
            break
    return sights


async def _seen(operator: Operator, beginning: str) -> ExportView:
    sight = await operator.sight(await operator.find(beginning))
    if sight is None:
        raise NotPossible(f"What was asked for with {beginning} can't be read by this release.")
    return sight


def _what_retry_means(sight: ExportView, *, may_bill_twice: bool) -> str:
    if not may_bill_twice:
        return f"Nothing was spent on {sight.summary.export_id} so far. Try it again?"
    return (
        f"AI Studios may have made, and billed, {sight.summary.export_id} already. Trying again makes a new video and "
        "may spend credits a second time. Try it again?"
    )


def _print_list(to: Console, sights: Sequence[ExportView]) -> None:
    if not sights:
        to.print("There are none.")
        return
    of_several = len({_team_of(sight) for sight in sights}) > 1
    columns = (*_COLUMNS, _WORKSPACE) if of_several else _COLUMNS
    table = Table(*columns, box=box.SIMPLE if to.is_terminal else None, pad_edge=False)
    table.columns[0].no_wrap = True
    for sight in sights:
        cells = (*_cells(sight), _team_of(sight)) if of_several else _cells(sight)
        table.add_row(*(Text(cell) for cell in cells))
    to.print(table)


def _cells(sight: ExportView) -> tuple[str, ...]:
    summary, now = sight.summary, time.time()
    return (
        summary.export_id,
        told.state_of(sight),
        _ago(now - sight.begun_at),
        _ago(now - sight.news_at),
        told.latest_step(sight),
        " ".join(_place(sight)),
        summary.request.requester.user_id or "Workflow Builder",
    )


def _team_of(sight: ExportView) -> str:
    return sight.summary.request.requester.team_id


def _place(sight: ExportView) -> tuple[str, ...]:
    """The conversation and the thread in it, by Slack's ids; before it was announced, what was chosen."""
    posted = sight.summary.posted
    return (posted.channel_id, posted.root_ts) if posted else (sight.summary.request.options.channel_id,)


def _ago(seconds: float) -> str:
    """Roughly how long; an operator's clock may be a little behind the bot's."""
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name}"
    return f"{max(seconds, 0):.0f} s"


def _print_whole(to: Console, sight: ExportView, chapters: Sequence[Chapter], base_url: str) -> None:
    facts = Table(box=None, show_header=False, pad_edge=False)
    for name, words in _facts(sight, chapters, base_url):
        facts.add_row(Text(name, style="bold"), Text(words))
    to.print(facts)
    steps = Table("when", "what", box=box.SIMPLE if to.is_terminal else None, pad_edge=False)
    for at, words in _history(chapters):
        steps.add_row(Text(_clock(at)), Text(words))
    to.print()
    to.print(steps)


def _facts(sight: ExportView, chapters: Sequence[Chapter], base_url: str) -> Iterable[tuple[str, str]]:
    request, requester = sight.summary.request, sight.summary.request.requester
    project_id = _project_of(sight, chapters)
    facts = {
        "id": sight.summary.export_id,
        "state": told.state_of(sight),
        "waits for": told.wait_of(sight),
        "ended": told.end_of(sight),
        "who": f"{requester.user_id or 'a step of Workflow Builder'} in workspace {requester.team_id}",
        "where": ", thread ".join(_place(sight)),
        # https://docs.slack.dev/interactivity/deep-linking
        "in Slack": f"https://slack.com/app_redirect?team={requester.team_id}&channel={_place(sight)[0]}",
        "project": f"{project_id}  {editor_url(base_url, project_id)}" if project_id else "none that is known",
        "avatar": f"{request.options.avatar.name} ({request.options.avatar.id}), {request.options.language}, {request.options.resolution}",
        "script": f"{len(request.options.script)} characters: “{told.first_words(request.options.script)}”",
        "asked": _clock(sight.begun_at),
        "last news": _clock(sight.news_at),
    }
    return ((name, words) for name, words in facts.items() if words)


def _project_of(sight: ExportView, chapters: Sequence[Chapter]) -> str | None:
    """The project of the latest attempt that had one."""
    if sight.outcome and sight.outcome.project_id:
        return sight.outcome.project_id
    for chapter in reversed(chapters):
        for step in chapter.steps:
            if isinstance(step.result, Submission) and step.result.project_id:
                return step.result.project_id
            if step.name == "find" and isinstance(step.result, str):
                return step.result
    return None


def _history(chapters: Sequence[Chapter]) -> Iterable[tuple[float, str]]:
    """Every workflow with its steps, and when each began or was done (Unix seconds)."""
    for chapter in chapters:
        yield chapter.begun_at, f"{chapter.workflow_id}: {told.workflow_title(chapter.name)}"
        for step in chapter.steps:
            if words := told.step_words(step):
                yield step.done_at, f"  {words}"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")


def _as_json(sight: ExportView) -> dict[str, Any]:
    summary, requester, outcome = sight.summary, sight.summary.request.requester, sight.outcome
    return {
        "id": summary.export_id,
        "request_id": sight.family.request_id,
        "state": told.UNREADABLE if sight.broken else summary.state,
        "running": summary.in_flight and not sight.broken,
        "percent": summary.percent,
        "waits_for": told.wait_of(sight),
        "ended": told.end_of(sight),
        "result": outcome.result if outcome else None,
        "failure": outcome.failure if outcome else None,
        "user_id": requester.user_id,
        "team_id": requester.team_id,
        "channel_id": _place(sight)[0],
        "thread_ts": summary.posted.root_ts if summary.posted else None,
        "asked_at": _iso(sight.begun_at),
        "news_at": _iso(sight.news_at),
        "step": told.latest_step(sight),
    }


def _whole_as_json(sight: ExportView, chapters: Sequence[Chapter]) -> dict[str, Any]:
    history = [{"at": _iso(at), "what": words.strip()} for at, words in _history(chapters)]
    return {
        **_as_json(sight),
        "project_id": _project_of(sight, chapters),
        "script_begins": told.first_words(sight.summary.request.options.script),
        "history": history,
    }
