"""The one table of states: what each stage, failure, result and submission means.

Thread, Home, `/avatar list`, the command line, metrics and the step of Workflow Builder all read it. A new state or
failure is one row here, and its words in the catalogues under the keys that tests/exports/test_states.py names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# What the thread shows. `silent`: rendering, without progress for a while. `linked`: the thread has a link to the video
# instead of the file. `drafted`: a project that is not rendered. `left`: the person answered the question "submit
# again?" with no. `cancelled`: stopped before AI Studios had the script; `stopped`: stopped after it. `discarded`:
# stopped, and its project deleted; `kept`: stopped, but its project could not be deleted.
Stage = Literal[
    "approval",
    "sending",
    "queued",
    "waiting",
    "searching",
    "submitted",
    "rendering",
    "silent",
    "fetching",
    "ready",
    "linked",
    "drafted",
    "failed",
    "declined",
    "question",
    "left",
    "cancelled",
    "stopped",
    "discarded",
    "kept",
]
# The state of an export in lists: several stages of the thread are one state there.
State = Literal[
    "approval",
    "queued",
    "sending",
    "waiting",
    "searching",
    "submitted",
    "rendering",
    "fetching",
    "ready",
    "linked",
    "drafted",
    "failed",
    "declined",
    "question",
    "left",
    "stopped",
]
Result = Literal["video", "link", "draft", "failed", "question", "left", "stopped"]
SubmissionResult = Literal["accepted", "refused", "later", "unknown"]
# `no_approvers`: the bot could not post in the approval channel. `lapsed`: nobody approved in time. `place_lost`: it
# can't post in the chosen channel (any more). `no_link`: done according to AI Studios, but without a link to the video.
FailureReason = Literal[
    "rejected",
    "credentials",
    "disconnected",
    "unreachable",
    "render_failed",
    "project_gone",
    "timed_out",
    "no_link",
    "place_lost",
    "no_approvers",
    "declined",
    "lapsed",
    "internal",
]
LinkReason = Literal["too_large", "refused_by_slack", "not_fetched", "unsafe", "interrupted"]
# The decisions about an ended export. `leave_it`: it is not submitted again.
Decision = Literal["submit_again", "leave_it", "try_again"]
# The buttons that open the form with the choices of an ended export, by the keys of their words (`button.*`).
FormButton = Literal["another", "edit", "edit_stopped"]


@dataclass(frozen=True, kw_only=True)
class StageRecord:
    """What a stage means.

    `state` is its name in lists; `announcement` is the key of the root message's headline (`announce.*`). `operator`
    describes it in English and `waits_for` says what it waits for, both for the command line. `stoppable`: the thread
    offers *Stop*. `form_button`: the thread and the Home tab offer the form with its choices.
    """

    state: State
    ended: bool = False
    stoppable: bool = False
    form_button: FormButton | None = None
    announcement: str = "making"
    operator: str
    waits_for: str | None = None


@dataclass(frozen=True, kw_only=True)
class ResultRecord:
    """What an export's result means.

    `counts`: it counts for the person's daily limit. `decisions`: the possible decisions about it. `settled` says in
    English why it can't be tried again, for the command line. `video`: the person got a video or a link to one.
    """

    stage: Stage
    operator: str
    counts: bool = False
    video: bool = False
    settled: str | None = None
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FailureRecord:
    """What a failure means.

    `stage` is what the thread and lists show then. `may_have_spent`: AI Studios may have used credits, so the person is
    asked to confirm another try. `retryable`: the same request may work later; otherwise it has to be edited.
    `step_words`: the step of Workflow Builder has words of its own (`step.*`), because the thread's are about its form
    or need fields that an outcome lacks. `shows_detail`: AI Studios' error message, or the approver's reason, is shown
    to people.
    """

    operator: str
    stage: Stage = "failed"
    may_have_spent: bool = False
    retryable: bool = True
    step_words: bool = False
    shows_detail: bool = False


STAGES: Mapping[Stage, StageRecord] = {
    "approval": StageRecord(
        state="approval",
        stoppable=True,
        operator="waits for approval",
        waits_for="somebody who approves or declines it, in the channel for that",
    ),
    "sending": StageRecord(
        state="sending",
        stoppable=True,
        operator="on its way to AI Studios",
        waits_for="Slack or AI Studios to answer",
    ),
    "queued": StageRecord(
        state="queued", stoppable=True, operator="in line", waits_for="its turn: other exports are ahead of it"
    ),
    "waiting": StageRecord(
        state="waiting",
        stoppable=True,
        operator="AI Studios is busy",
        waits_for="AI Studios, which was busy or out of reach; it is tried again",
    ),
    "searching": StageRecord(
        state="searching",
        stoppable=True,
        operator="searched for at AI Studios",
        waits_for="a sign at AI Studios that the script has arrived",
    ),
    "submitted": StageRecord(
        state="submitted",
        stoppable=True,
        operator="accepted by AI Studios",
        waits_for="the render to begin at AI Studios",
    ),
    "rendering": StageRecord(
        state="rendering", stoppable=True, operator="rendering", waits_for="the render at AI Studios"
    ),
    "silent": StageRecord(
        state="rendering", stoppable=True, operator="rendering", waits_for="the render at AI Studios"
    ),
    "fetching": StageRecord(
        state="fetching",
        operator="on its way into Slack",
        waits_for="the transfer of the file from AI Studios to Slack",
    ),
    "ready": StageRecord(
        state="ready", ended=True, form_button="another", announcement="made", operator="ready, in its thread"
    ),
    "linked": StageRecord(
        state="linked", ended=True, form_button="another", announcement="linked", operator="ready, as a link"
    ),
    "drafted": StageRecord(
        state="drafted", ended=True, form_button="another", announcement="drafted", operator="a draft at AI Studios"
    ),
    "failed": StageRecord(state="failed", ended=True, form_button="edit", announcement="failed", operator="failed"),
    "declined": StageRecord(
        state="declined", ended=True, form_button="edit", announcement="declined", operator="declined"
    ),
    "question": StageRecord(
        state="question",
        ended=True,
        announcement="question",
        operator="needs the person's answer",
        waits_for="the person, who decides in the thread whether to submit again (or `avatar-bot retry`)",
    ),
    "left": StageRecord(
        state="left", ended=True, form_button="edit_stopped", announcement="left", operator="left as it is"
    ),
    "cancelled": StageRecord(
        state="stopped", ended=True, form_button="edit_stopped", announcement="cancelled", operator="stopped"
    ),
    "stopped": StageRecord(
        state="stopped", ended=True, form_button="edit_stopped", announcement="stopped", operator="stopped"
    ),
    "discarded": StageRecord(
        state="stopped", ended=True, form_button="edit_stopped", announcement="stopped", operator="stopped"
    ),
    "kept": StageRecord(
        state="stopped", ended=True, form_button="edit_stopped", announcement="stopped", operator="stopped"
    ),
}

RESULTS: Mapping[Result, ResultRecord] = {
    "video": ResultRecord(
        stage="ready",
        counts=True,
        video=True,
        operator="the video is in its thread",
        settled="its video is ready",
    ),
    "link": ResultRecord(
        stage="linked",
        counts=True,
        video=True,
        operator="the video is at AI Studios, and its thread has the link",
        settled="its video is ready",
    ),
    "draft": ResultRecord(
        stage="drafted",
        counts=True,
        operator="the draft is at AI Studios",
        settled="its draft is at AI Studios",
    ),
    "failed": ResultRecord(stage="failed", operator="it failed", decisions=("try_again",)),
    "question": ResultRecord(
        stage="question",
        operator="nobody knows whether AI Studios received it, and the person was asked",
        decisions=("submit_again", "leave_it"),
    ),
    "left": ResultRecord(
        stage="left",
        operator="the person left it as it is",
        settled="somebody left it as it is, and the first decision counts",
    ),
    "stopped": ResultRecord(
        stage="stopped",
        operator="it was stopped",
        settled="it was stopped. The person can make it again from its thread in Slack",
    ),
}

FAILURES: Mapping[FailureReason, FailureRecord] = {
    "rejected": FailureRecord(operator="AI Studios refused the request", shows_detail=True),
    "credentials": FailureRecord(operator="AI Studios did not accept the bot's key"),
    "disconnected": FailureRecord(
        operator="its AI Studios account is no longer connected to the bot", may_have_spent=True
    ),
    "unreachable": FailureRecord(operator="AI Studios was out of reach for too long"),
    "render_failed": FailureRecord(operator="AI Studios could not render it", may_have_spent=True),
    "project_gone": FailureRecord(operator="its project is no longer at AI Studios", may_have_spent=True),
    "timed_out": FailureRecord(
        operator="it took longer than EXPORT_TIMEOUT_SECONDS", may_have_spent=True, step_words=True
    ),
    "no_link": FailureRecord(operator="AI Studios says it is done but gives no link to it", may_have_spent=True),
    "place_lost": FailureRecord(
        operator="the bot could not post in the place that was chosen", retryable=False, step_words=True
    ),
    "no_approvers": FailureRecord(operator="the bot could not post in APPROVAL_CHANNEL", retryable=False),
    "declined": FailureRecord(operator="it was declined", stage="declined", retryable=False, shows_detail=True),
    "lapsed": FailureRecord(operator="nobody approved it in time", retryable=False, step_words=True),
    "internal": FailureRecord(operator="an error in the bot; its log says more", may_have_spent=True),
}

# The stage of an export after each result of a submission.
AFTER_SUBMISSION: Mapping[SubmissionResult, Stage] = {
    "accepted": "submitted",
    "later": "waiting",
    "unknown": "searching",
    "refused": "failed",
}


def state_of(stage: Stage) -> State:
    """The state in lists of an export at this stage."""
    return STAGES[stage].state


def stage_after(result: Result, failure: FailureReason | None) -> Stage:
    """The stage of an export that has ended like this."""
    return FAILURES[failure].stage if failure else RESULTS[result].stage


def form_button_in(state: State) -> FormButton | None:
    """The button with which lists offer the form again; None while an export in this state goes on or asks."""
    return next(record.form_button for record in STAGES.values() if record.state == state)


def is_over(state: State) -> bool:
    """Whether an export in this state neither moves by itself nor waits for an approval."""
    return all(record.ended for record in STAGES.values() if record.state == state)
