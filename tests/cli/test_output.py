"""What `avatar-bot exports` prints: every state, failure and step can be shown, as a table and as JSON."""

import json
from datetime import UTC, datetime
from io import StringIO
from typing import get_args

from rich.console import Console

from bot.cli.exports import output, wording
from bot.exports.history.operator import ExportView, Step, WorkflowHistory
from bot.exports.history.request_workflows import RequestWorkflows
from bot.exports.history.summaries import Summary
from bot.exports.models import (
    ApprovalDecision,
    ExportRequest,
    Gathered,
    Outcome,
    Posted,
    Progress,
    Requester,
    RequestOptions,
    Stop,
)
from bot.exports.states import RESULTS, STAGES, FailureReason, Result, State, state_of
from tests.crashes.workflow_source import step_names

EXPORT_ID = "T0AVATARS-V1"
MOMENT = 1_700_000_000.0
STUDIO = "https://app.example.com"


def view_of(
    state: State = "sending", *, outcome: Outcome | None = None, broken: str | None = None, steps: tuple[Step, ...] = ()
) -> ExportView:
    """An export that stands so."""
    request = ExportRequest(
        requester=Requester(team_id="T0AVATARS", user_id="U0ANA0001", locale="en-US"),
        options=RequestOptions(script="Hello!", channel_id="C0GENERAL"),
    )
    return ExportView(
        request=RequestWorkflows(EXPORT_ID, []),
        summary=Summary(
            EXPORT_ID,
            request,
            Posted(channel_id="C0GENERAL", root_ts="1.0", reply_ts="2.0"),
            state_of(RESULTS[outcome.result].stage) if outcome else state,
            40,
            datetime.fromtimestamp(MOMENT, UTC),
        ),
        begun_at=MOMENT,
        updated_at=MOMENT,
        steps=steps,
        outcome=outcome,
        broken=broken,
    )


def printed(view: ExportView) -> str:
    """The export in the list and by itself, as tables and as JSON."""
    to = Console(file=StringIO(), width=10_000)
    histories = [WorkflowHistory(EXPORT_ID, "export", MOMENT, view.steps)]
    output.print_list(to, [view])
    output.print_whole(to, view, histories, STUDIO)
    shown = to.file.getvalue() if isinstance(to.file, StringIO) else ""
    return shown + json.dumps([output.as_json(view), output.whole_as_json(view, histories)], ensure_ascii=False)


def test_an_export_that_ended_with_any_failure_can_be_shown() -> None:
    """The list, one export whole and both as JSON say why there is no video, whatever the reason."""
    for failure in get_args(FailureReason):
        view = view_of(outcome=Outcome(result="failed", failure=failure))
        reason = wording.end_of(view)
        assert reason is not None
        assert reason.startswith("it failed: ")
        assert printed(view).count(reason) == 3, failure


def test_an_export_that_ended_in_any_way_can_be_shown() -> None:
    """Each result has its words, and nothing that has ended waits for anything but a person's answer."""
    for result in get_args(Result):
        view = view_of(outcome=Outcome(result=result))
        assert RESULTS[result].operator in printed(view)
        assert (wording.wait_of(view) is None) == (result != "question")


def test_an_export_in_any_state_can_be_shown() -> None:
    """Each state has its words, and so has what it waits for."""
    for state in get_args(State):
        assert wording.state_of(view_of(state)) in printed(view_of(state))


def test_a_broken_history_can_be_shown() -> None:
    """It is called unreadable, or ended by hand, and waits for nothing."""
    for status, words in (("ERROR", "unreadable history"), ("CANCELLED", "ended by hand (CANCELLED)")):
        view = view_of(broken=status)
        assert words in printed(view)
        assert wording.wait_of(view) is None


def test_stages_that_are_one_state_have_the_same_words() -> None:
    """Lists know states alone, so that stages of one state must not differ in words."""
    for state in get_args(State):
        words = {(one.operator, one.waits_for) for one in STAGES.values() if one.state == state}
        assert len(words) == 1, state


def test_every_step_of_the_workflow_has_words_or_none() -> None:
    """No step is shown to an operator under the name that it has in the source."""
    for name in step_names() - {"accepted"}:
        assert wording.step_words(Step(name, None, MOMENT)) != name


def test_what_came_in_while_an_export_listened_is_said() -> None:
    """Progress, a decision and a stop are said in one line; where nothing came there is no line."""
    gathered = Gathered(
        number=3,
        at=MOMENT,
        waited=1.0,
        progress=Progress(at=MOMENT, progress=40),
        decision=ApprovalDecision(approved=False, user_id="U0MINJI01"),
        stop=Stop(),
    )
    words = wording.step_words(Step("listen", gathered, MOMENT))
    assert words == "AI Studios reported 40 %, U0MINJI01 declined it, an operator stopped it"
    nothing = Gathered(number=0, at=MOMENT, waited=1.0)
    assert wording.step_words(Step("listen", nothing, MOMENT)) is None
    assert wording.latest_step(view_of(steps=(Step("claim", None, MOMENT), Step("listen", nothing, MOMENT)))) == (
        "got ready to submit"
    )
