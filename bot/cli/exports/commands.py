"""`avatar-bot exports`, `retry` and `stop`: answer the question where a video is, and act on it."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import get_args

from bot.cli.exports import output, wording
from bot.cli.exports.offline_command import NotDone, Offline, ask, run_offline, team_id_of, user_id_of
from bot.cli.report import console
from bot.exports.history.operator import ExportView, retry_option, stages_in, stages_under_way
from bot.exports.states import State
from bot.settings import Settings

_KNOWN_STATES = (wording.RUNNING, wording.UNREADABLE, *get_args(State))
_NO_BOT = "No bot runs on this database now; the next start does it."


def list_exports(state: str | None, user_id: str | None, team_id: str | None, most: int, *, as_json: bool) -> int:
    """Prints the newest exports. Returns the exit code."""

    async def act(offline: Offline, _: Settings) -> int:
        _check_wanted(state, most)
        people = await _wanted_people(offline, user_id, team_id)
        async with aclosing(_candidates(offline, people, state)) as candidates:
            views = await _first(candidates, state, most)
        if as_json:
            print(json.dumps([output.as_json(view) for view in views], ensure_ascii=False, indent=2))
        else:
            output.print_list(console(), views)
        return 0

    return run_offline(act)


def show_export(beginning: str, *, as_json: bool) -> int:
    """Prints one export with its history. Returns the exit code."""

    async def act(offline: Offline, settings: Settings) -> int:
        view = await offline.operator.find(beginning)
        histories = await offline.operator.histories(view.request)
        if as_json:
            print(json.dumps(output.whole_as_json(view, histories), ensure_ascii=False, indent=2))
        else:
            output.print_whole(console(), view, histories, settings.aistudios_base_url)
        return 0

    return run_offline(act)


def retry_export(beginning: str, *, yes: bool) -> int:
    """Tries an export again after the operator confirms. Returns the exit code."""

    async def act(offline: Offline, _: Settings) -> int:
        view = await offline.operator.find(beginning)
        option = retry_option(view)
        ask(_what_retry_means(view, may_bill_twice=option.may_bill_twice), yes=yes)
        print(f"It is tried again as {await offline.operator.retry(option)}; its thread shows how it goes.")
        if not offline.client.bot_runs:
            print(_NO_BOT)
        return 0

    return run_offline(act)


def stop_export(beginning: str) -> int:
    """Stops an export. Returns the exit code."""

    async def act(offline: Offline, _: Settings) -> int:
        export_id = await offline.operator.stop(await offline.operator.find(beginning))
        print(f"{export_id} is being stopped; its thread says so. AI Studios can't cancel a video that it already has.")
        if not offline.client.bot_runs:
            print(_NO_BOT)
        return 0

    return run_offline(act)


def _check_wanted(state: str | None, most: int) -> None:
    """Validates the arguments of the list. Raises NotDone."""
    if state is not None and state not in _KNOWN_STATES:
        raise NotDone(f"There is no state “{state}”. These are: {', '.join(_KNOWN_STATES)}.", 2)
    if most < 1:
        raise NotDone("--limit takes a number from 1 on.", 2)


async def _wanted_people(offline: Offline, user_id: str | None, team_id: str | None) -> list[str] | None:
    """The people whose exports are listed; None for everybody. Raises NotDone."""
    if user_id is None and team_id is None:
        return None
    return await offline.records.people(
        user_id_of(user_id) if user_id else None, team_id_of(team_id) if team_id else None
    )


def _candidates(offline: Offline, people: Sequence[str] | None, state: str | None) -> AsyncGenerator[ExportView]:
    """The exports to filter by state, newest first; the query has already left out most of the others."""
    operator = offline.operator
    if people == []:
        return operator.these([])
    if state is None:
        return operator.newest(people)
    if state == wording.UNREADABLE:
        return operator.broken(people)
    return operator.newest(people, stages_under_way() if state == wording.RUNNING else stages_in(state))


async def _first(candidates: AsyncGenerator[ExportView], state: str | None, most: int) -> list[ExportView]:
    views: list[ExportView] = []
    async for view in candidates:
        if wording.is_in(view, state):
            views.append(view)
        if len(views) == most:
            break
    return views


def _what_retry_means(view: ExportView, *, may_bill_twice: bool) -> str:
    if not may_bill_twice:
        return f"Nothing was spent on {view.summary.export_id} so far. Try it again?"
    return (
        f"AI Studios may have made, and billed, {view.summary.export_id} already. Trying again makes a new video and "
        "may spend credits a second time. Try it again?"
    )
