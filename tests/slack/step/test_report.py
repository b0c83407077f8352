"""How a workflow's step is completed: with outputs that Slack takes, or with a reason that a person can read."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.slack import Execution, LocalSlack
from bot.demo.stage import read_manifest
from bot.exports.models import Caller, ExportRequest, Outcome
from bot.exports.states import FAILURES, RESULTS, FailureReason, Result
from bot.slack.step.report import report
from tests.demo.slack.app import BOT_TOKEN, SECRET, client
from tests.slack.oracle import HOSTILE, LOCALES, request

TOKEN = "xwfp-of-this-step"
HANGUL = re.compile(r"[가-힣]")
LINKED = Outcome(result="link", project_id="P1", download_url="https://cdn.example.com/v.mp4")


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[LocalSlack]:
    """The workspace with the app as its manifest says."""
    async with LocalSlack(
        manifest=read_manifest(), signing_secret=SECRET, bot_token=BOT_TOKEN, files=tmp_path
    ) as running:
        yield running


@pytest.fixture
def run(slack: LocalSlack) -> Execution:
    """A step in execution."""
    execution = Execution("Fx0001", "create_avatar_video", TOKEN, time.monotonic())
    slack.world.executions[execution.id] = execution
    return execution


def asked_by(run: Execution, locale: str = "en-US") -> ExportRequest:
    """The request that this step made."""
    caller = Caller(execution_id=run.id, token=run.token)
    return request(locale=locale).model_copy(update={"caller": caller})


def tokens(slack: LocalSlack) -> int:
    """How many tries a completion took."""
    return sum(call.method.startswith("functions.") for call in slack.calls)


async def test_a_request_of_a_person_reports_to_nobody(slack: LocalSlack) -> None:
    """Without a step there is nothing to complete."""
    await report(client(slack), request(), LINKED)
    assert slack.calls == []


async def test_only_known_facts_are_outputs(slack: LocalSlack, run: Execution) -> None:
    """Length and credits that nobody knows are left out."""
    await report(client(slack), asked_by(run), LINKED)
    assert run.outputs == {"video_url": "https://cdn.example.com/v.mp4", "project_id": "P1"}


async def test_facts_are_given_as_numbers(slack: LocalSlack, run: Execution) -> None:
    """A video of no credits has zero of them."""
    await report(client(slack), asked_by(run), LINKED.model_copy(update={"seconds": 12.345, "credits": 0}))
    assert (run.outputs["duration"], run.outputs["credits"]) == (12.3, 0)


async def test_a_video_that_somebody_deleted_fails_the_step(slack: LocalSlack, run: Execution) -> None:
    """There is no link to give, and the step says why."""
    await report(client(slack), asked_by(run), Outcome(result="video", project_id="P1", file_id="F0404"))
    assert "isn't in Slack" in run.error


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reason", FAILURES)
async def test_every_failure_has_words(slack: LocalSlack, run: Execution, reason: FailureReason, locale: str) -> None:
    """The reason is in the person's language, and what others say in it stays words."""
    outcome = Outcome(result="failed", failure=reason, detail=HOSTILE * 20)
    await report(client(slack), asked_by(run, locale), outcome)
    assert run.state == "failed"
    assert 10 < len(run.error) < 3000
    assert not {"<!here>", "<@U0MINJI01>", "<https://evil.example|x>"} & set(run.error.split())
    assert (HANGUL.search(run.error) is not None) is (locale == "ko-KR")


# The step goes on waiting while the person is asked.
WITHOUT_A_VIDEO = [result for result in RESULTS if result not in ("video", "link", "failed", "question")]


@pytest.mark.parametrize("result", WITHOUT_A_VIDEO)
async def test_every_end_without_a_video_has_words(slack: LocalSlack, run: Execution, result: Result) -> None:
    """A step that ends without a video says who or what ended it."""
    await report(client(slack), asked_by(run), Outcome(result=result))
    assert (run.state, run.error.endswith(".")) == ("failed", True)


async def test_the_words_of_whoever_declined_are_passed_on(slack: LocalSlack, run: Execution) -> None:
    """The reason is quoted."""
    await report(client(slack), asked_by(run), Outcome(result="failed", failure="declined", detail="Too long"))
    assert run.error == "It was declined. Nothing was spent. “Too long”"


async def test_the_token_of_the_step_comes_first(slack: LocalSlack, run: Execution) -> None:
    """It completes the step also where Slack takes no other."""
    slack.workspace.functions_accept_bot_token = False
    await report(client(slack), asked_by(run), LINKED)
    assert (run.state, tokens(slack)) == ("succeeded", 1)


async def test_without_a_living_token_nothing_is_raised(
    slack: LocalSlack, run: Execution, caplog: pytest.LogCaptureFixture
) -> None:
    """The export has ended well all the same; the log says so, without a token."""
    slack.workspace.functions_accept_bot_token = False
    run.started -= 3600
    await report(client(slack), asked_by(run), LINKED)
    assert (run.state, tokens(slack)) == ("running", 2)
    assert "Fx0001 was not completed" in caplog.text
    assert TOKEN not in caplog.text


async def test_a_step_that_is_over_takes_no_second_end(slack: LocalSlack, run: Execution) -> None:
    """What came first stays."""
    await report(client(slack), asked_by(run), LINKED)
    await report(client(slack), asked_by(run), Outcome(result="stopped"))
    assert (run.state, run.error) == ("succeeded", "")


async def test_an_answer_that_was_lost_is_asked_for_again(slack: LocalSlack, run: Execution) -> None:
    """A connection that breaks after Slack took the completion does no harm."""
    slack.faults.add("functions.completeSuccess", drop="after")
    await report(client(slack), asked_by(run), LINKED)
    assert run.state == "succeeded"


def test_a_token_is_not_shown() -> None:
    """A request can be logged without giving the token away."""
    asked = request().model_copy(update={"caller": Caller(execution_id="Fx0001", token=TOKEN)})
    assert "Fx0001" in repr(asked)
    assert TOKEN not in repr(asked)
