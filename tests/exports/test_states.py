"""Every stage, state, result, failure, link reason and submission result has its words wherever words are needed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple, cast, get_args

import pytest
from prometheus_client import generate_latest
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.exports import wording
from bot.exports.history.operator import ExportView, Step
from bot.exports.history.summaries import Summary
from bot.exports.models import Caller, ExportRequest, Outcome, Posted, Status, Submission
from bot.exports.states import (
    AFTER_SUBMISSION,
    FAILURES,
    RESULTS,
    STAGES,
    Decision,
    FailureReason,
    LinkReason,
    Result,
    Stage,
    State,
    SubmissionResult,
    form_button_in,
    is_over,
    stage_after,
    state_of,
)
from bot.i18n import catalogue
from bot.metrics import PrometheusMetrics
from bot.slack.home.views import home
from bot.slack.listing import listing
from bot.slack.step.report import report
from bot.slack.thread.announcement import announcement
from bot.slack.thread.notification import answered_question, direct_notification, notification, question
from bot.slack.thread.reply import reply
from tests.slack.oracle import LOCALES, request

HANGUL = re.compile("[가-힣]")
# What a format that was given nothing leaves behind.
HOLE = re.compile(r"\{\w*\}|\bNone\b|<@>")
WHO = "U0ADMIN01"
THREAD = Posted(channel_id="C0GENERAL", root_ts="1.000001", reply_ts="1.000002")
CALLER = Caller(execution_id="Fx1", token="xwfp-1")

# An edit shows the rest; only an outcome that nobody chose is worth a mention.
NOTIFIED = frozenset({"ready", "linked", "drafted", "failed", "declined", "question"})
NOT_NOTIFIED = frozenset(get_args(Stage)) - NOTIFIED

# In these places such a value has no words, because people never read of it there.
WITHOUT_WORDS: Mapping[str, frozenset[str]] = {
    "stage in the notification": NOT_NOTIFIED,
    "stage in the direct message": NOT_NOTIFIED,
    # What has ended waits for nothing, unless a person has to answer.
    "state's wait in the command line": frozenset(state for state in get_args(State) if is_over(state)) - {"question"},
    # A step that has a video, a link or a draft is completed with outputs, and one with a question not yet.
    "result in the step's report": frozenset({"video", "link", "draft", "question"}),
}


class Place(NamedTuple):
    """Where words about such values stand: `words` gives them in a locale, or None where there are none."""

    name: str
    values: tuple[str, ...]
    words: Callable[[str, Any], str | None]
    translated: bool = True


def status(stage: Stage, *, failure: FailureReason | None = None, link_reason: LinkReason | None = None) -> Status:
    """A status with everything that its words may need."""
    if stage in ("failed", "declined"):
        failure = failure or ("declined" if stage == "declined" else "internal")
    if stage == "linked":
        link_reason = link_reason or "too_large"
    return Status(
        stage=stage,
        export_id="V1",
        user_id=WHO,
        percent=40,
        ahead=2,
        seconds_silent=130,
        seconds=65,
        failure=failure,
        link_reason=link_reason,
        detail="http_500",
    )


def failed(reason: FailureReason) -> Status:
    """The status of such a failure."""
    return status(FAILURES[reason].stage, failure=reason)


def linked(reason: LinkReason) -> Status:
    """The status of a video that is a link for this reason."""
    return status("linked", link_reason=reason)


def asked(locale: str) -> ExportRequest:
    """The request of a person, made by a step of Workflow Builder."""
    return request(locale=locale).model_copy(update={"caller": CALLER})


def _notification(locale: str, shown: Status) -> str | None:
    if shown.stage == "question":
        return question(asked(locale).requester, "V1").text
    return _or_none(lambda: notification(asked(locale).requester, shown).text)


def _directly(locale: str, shown: Status) -> str | None:
    if shown.stage == "question":
        return question(asked(locale).requester, "V1").text
    return _or_none(lambda: direct_notification(asked(locale), shown).text)


def _reply(locale: str, stage: Stage) -> str:
    return reply(asked(locale).requester, status(stage)).text


def _answered(locale: str, decision: Decision) -> str:
    return answered_question(asked(locale).requester, decision).text


def _or_none(words: Callable[[], str]) -> str | None:
    try:
        return words()
    except KeyError:
        return None


def _summary(locale: str, state: State) -> Summary:
    return Summary("V1", asked(locale), THREAD, state, 40, datetime.fromtimestamp(1_700_000_000, UTC))


def _home(locale: str, state: State) -> str:
    """What the Home tab says of a video besides its script and the facts below it."""
    view = home(locale, [_summary(locale, state)], {}, None)
    (title,) = (number for number, block in enumerate(view["blocks"]) if block["type"] == "rich_text")
    return str(view["blocks"][title + 1]["text"]["text"])


def _list(locale: str, state: State) -> str:
    return str(listing(locale, [_summary(locale, state)], {}).blocks[2]["text"]["text"])


def _view(*, state: State = "rendering", outcome: Outcome | None = None) -> ExportView:
    """An export as the command line sees it, as far as its words go by it."""
    return cast(ExportView, SimpleNamespace(broken=None, summary=_summary("en-US", state), outcome=outcome))


def _outcome(value: str) -> Outcome:
    """The end with this result, or with this failure."""
    if value in FAILURES:
        return Outcome(result="failed", failure=cast(FailureReason, value), detail="no", seconds=65)
    return Outcome(result=cast(Result, value), download_url="https://cdn.example.com/v.mp4")


def _end_in_command_line(_: str, value: str) -> str | None:
    return wording.end_of(_view(outcome=_outcome(value)))


def _metrics_label(_: str, value: str) -> str | None:
    counted = PrometheusMetrics()
    outcome = _outcome(value)
    counted.export_ended(outcome.result, outcome.failure)
    labels = f'failure="{outcome.failure or ""}",result="{outcome.result}"'
    return (
        value
        if f"avatar_bot_exports_ended_total{{{labels}}} 1.0" in generate_latest(counted.registry).decode()
        else None
    )


class StepClient(AsyncWebClient):
    """Slack as far as a step is completed there; keeps the reason of a failure."""

    error: str | None = None

    async def functions_completeError(self, *, error: str, **_: Any) -> Any:  # noqa: N802 — the SDK's name
        self.error = error

    async def functions_completeSuccess(self, **_: Any) -> Any:  # noqa: N802 — the SDK's name
        self.error = None


def _step_report(locale: str, value: str) -> str | None:
    if value == "question":
        return None
    client = StepClient()
    asyncio.run(report(client, asked(locale), _outcome(value)))
    return client.error


def _submission(_: str, value: SubmissionResult) -> str | None:
    return wording.step_words(Step("submit", Submission(result=value, at=0.0, project_id="P1"), 0.0))


PLACES = [
    Place("stage in the announcement", get_args(Stage), lambda locale, v: announcement(asked(locale), status(v)).text),
    Place("stage in the reply", get_args(Stage), _reply),
    Place("stage in the notification", get_args(Stage), lambda locale, v: _notification(locale, status(v))),
    Place("stage in the direct message", get_args(Stage), lambda locale, v: _directly(locale, status(v))),
    Place("state in the Home tab", get_args(State), _home),
    Place("state in the list", get_args(State), _list),
    Place("state in the command line", get_args(State), lambda _, v: wording.state_of(_view(state=v)), False),
    Place("state's wait in the command line", get_args(State), lambda _, v: wording.wait_of(_view(state=v)), False),
    Place("result in the command line", get_args(Result), _end_in_command_line, False),
    Place("result in the metrics", get_args(Result), _metrics_label, False),
    Place("result in the step's report", tuple(set(get_args(Result)) - {"failed"}), _step_report),
    Place("failure in the notification", get_args(FailureReason), lambda locale, v: _notification(locale, failed(v))),
    Place("failure in the direct message", get_args(FailureReason), lambda locale, v: _directly(locale, failed(v))),
    Place("failure in the command line", get_args(FailureReason), _end_in_command_line, False),
    Place("failure in the metrics", get_args(FailureReason), _metrics_label, False),
    Place("failure in the step's report", get_args(FailureReason), _step_report),
    Place("link reason in the notification", get_args(LinkReason), lambda locale, v: _notification(locale, linked(v))),
    Place("submission result in the command line", get_args(SubmissionResult), _submission, False),
    Place("decision in the answered question", ("submit_again", "leave_it"), _answered),
]
# Here several values have the same words, because people see no difference there.
SHARED = {"stage in the announcement"}


def said(place: Place, locale: str) -> Iterator[tuple[str, str | None]]:
    """Each value with its words there."""
    for value in place.values:
        yield value, place.words(locale, value)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_value_has_its_words_in_every_place(locale: str) -> None:
    """Each has words of its own, in the reader's language and without a hole; where it has none is written above."""
    for place in PLACES:
        words = dict(said(place, locale))
        assert {value for value in words if words[value] is None} == WITHOUT_WORDS.get(place.name, set()), place.name
        there = [text for text in words.values() if text is not None]
        assert [text for text in there if not text.strip() or HOLE.search(text)] == [], place.name
        if place.translated:
            assert all(bool(HANGUL.search(text)) == (locale == "ko-KR") for text in there), place.name
        assert place.name in SHARED or len(set(there)) == len(there), place.name


def test_the_table_has_a_row_for_every_value() -> None:
    """No row is missing or left over, and rows name each other rightly."""
    for rows, values in (
        (STAGES, Stage),
        (RESULTS, Result),
        (FAILURES, FailureReason),
        (AFTER_SUBMISSION, SubmissionResult),
    ):
        assert set(rows) == set(get_args(values))
    assert {record.state for record in STAGES.values()} == set(get_args(State))
    assert all(STAGES[record.stage].ended for record in RESULTS.values())
    assert [record for record in STAGES.values() if record.ended and record.stoppable] == []


def test_stages_of_one_state_mean_the_same_in_lists() -> None:
    """Where several stages are one state, they have all ended or none has, and are described and offered alike."""
    for state in get_args(State):
        records = [record for record in STAGES.values() if record.state == state]
        assert len({(record.ended, record.operator, record.waits_for, record.form_button) for record in records}) == 1
        assert is_over(state) == records[0].ended
        assert form_button_in(state) == records[0].form_button


def test_every_end_has_a_state_of_its_own_in_lists() -> None:
    """Results and failures together lead to each state that is over, and to no other."""
    ends = [stage_after(result, None) for result in RESULTS] + [stage_after("failed", reason) for reason in FAILURES]
    assert {state_of(stage) for stage in ends} == {state for state in get_args(State) if is_over(state)}


def test_what_is_declined_did_not_fail_for_people() -> None:
    """A decision of somebody's is shown as such; all other failures are shown as one."""
    assert {reason for reason in FAILURES if stage_after("failed", reason) != "failed"} == {"declined"}
    assert stage_after("failed", "declined") == "declined"


def test_the_form_is_offered_for_all_that_has_ended_but_a_question() -> None:
    """While it goes on, or is asked about, nobody is led to make it twice."""
    assert {state for state in get_args(State) if form_button_in(state)} == {
        state for state in get_args(State) if is_over(state)
    } - {"question"}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_failure_is_told_once(locale: str) -> None:
    """Its reason, and what others said of it, stand in the notification; the reply only says that it has ended."""
    for reason in get_args(FailureReason):
        shown, whole = failed(reason), asked(locale)
        told = str(notification(whole.requester, shown).blocks)
        others = str([reply(whole.requester, shown).blocks, announcement(whole, shown).blocks])
        words = max(re.split(r"\{\w+\}", catalogue(locale[:2])[f"failure.{reason}"]), key=len)
        assert words in told or reason == "declined", reason
        assert words not in others, reason
        assert "http_500" not in others, reason
