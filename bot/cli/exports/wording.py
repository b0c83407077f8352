"""An export in the plain words of the terminal. Never its script beyond the first words, and no token."""

from collections.abc import Mapping
from typing import Any

from bot.exports.history.operator import ExportView, Step
from bot.exports.history.summaries import State
from bot.exports.models import (
    Claim,
    Edit,
    FailureReason,
    Progress,
    Outcome,
    Reading,
    Stop,
    Submission,
    Upload,
    ApprovalDecision,
)

LONGEST_WORDS = 40
LONGEST_DETAIL = 200
RUNNING, UNREADABLE = "running", "unreadable"

STATES: Mapping[State, str] = {
    "approval": "waits for approval",
    "queued": "in line",
    "sending": "on its way to AI Studios",
    "waiting": "AI Studios is busy",
    "searching": "looked for at AI Studios",
    "submitted": "taken by AI Studios",
    "rendering": "rendering",
    "fetching": "on its way into Slack",
    "ready": "ready, in its thread",
    "linked": "ready, as a link",
    "drafted": "a draft at AI Studios",
    "failed": "failed",
    "question": "needs the person's answer",
    "left": "left as it is",
    "stopped": "stopped",
}
WAITS: Mapping[State, str] = {
    "approval": "somebody who approves or declines it, in the channel for that",
    "queued": "its turn: other exports are before it",
    "sending": "Slack or AI Studios to answer",
    "waiting": "AI Studios, which was busy or out of reach; it is tried again",
    "searching": "a sign at AI Studios that the script has arrived",
    "submitted": "the render to begin at AI Studios",
    "rendering": "the render at AI Studios",
    "fetching": "the file's way from AI Studios to Slack",
    "question": "the person, who decides in the thread whether to submit again (or `avatar-bot retry`)",
}
_FAILURES: Mapping[FailureReason, str] = {
    "rejected": "AI Studios refused the request",
    "credentials": "AI Studios did not accept the bot's key",
    "unreachable": "AI Studios was out of reach for too long",
    "render_failed": "AI Studios could not render it",
    "project_gone": "its project is no longer at AI Studios",
    "timed_out": "it took longer than EXPORT_TIMEOUT_SECONDS",
    "no_link": "AI Studios says it is done but gives no link to it",
    "place_lost": "the bot could not post in the place that was chosen",
    "no_approvers": "the bot could not post in APPROVAL_CHANNEL",
    "declined": "it was declined",
    "lapsed": "nobody approved it in time",
    "internal": "a fault of the bot's; its log says more",
}
_RESULTS: Mapping[str, str] = {
    "video": "the video is in its thread",
    "link": "the video is at AI Studios, and its thread has the link",
    "failed": "it failed",
    "question": "nobody knows whether AI Studios received it, and the person was asked",
    "left": "the person left it as it is",
    "draft": "the draft is at AI Studios",
    "stopped": "it was stopped",
}
_WORKFLOWS: Mapping[str, str] = {
    "accept": "the request is announced",
    "rule": "an approver's verdict",
    "export": "the video is made",
    "discard": "its project is deleted",
    "decide": "it is decided how to go on",
}
_STEPS: Mapping[str, str] = {
    "enter": "made sure that it can post there",
    "announce": "announced it",
    "reply": "posted its reply",
    "ask_approval": "asked for approval",
    "ruled": "showed the verdict",
    "export": "put it into line",
    "line": "looked at its place in line",
    "claim": "got ready to submit",
    "submit": "submitted it",
    "find": "looked for it at AI Studios",
    "read": "asked AI Studios how far it is",
    "show": "edited its reply",
    "credits": "asked for its credits",
    "carry": "brought the file to Slack",
    "share": "showed the video in the thread",
    "share_directly": "sent the video to the person directly",
    "tell": "told the person",
    "conclude": "showed the outcome",
    "answered": "showed what was decided",
    "delete_project": "deleted the project at AI Studios",
    "report": "completed the workflow's step",
}


def state_of(sight: ExportView) -> str:
    """Where it stands, in a few words."""
    if sight.broken:
        return "unreadable history" if sight.broken == "ERROR" else f"ended by hand ({sight.broken})"
    words = STATES[sight.summary.state]
    return f"{words}, {sight.summary.percent} %" if sight.summary.state == "rendering" else words


def is_in(sight: ExportView, state: str | None) -> bool:
    """Whether it is in the state that an operator asked for by its short name."""
    if state is None:
        return True
    if state == UNREADABLE:
        return sight.broken is not None
    if sight.broken:
        return False
    return sight.summary.in_flight if state == RUNNING else sight.summary.state == state


def wait_of(sight: ExportView) -> str | None:
    """What it waits for; None when it has ended."""
    return None if sight.broken else WAITS.get(sight.summary.state)


def end_of(sight: ExportView) -> str | None:
    """How it ended and why; None while it has not."""
    if sight.broken == "ERROR":
        return (
            "no release can read its history (ERROR): it was told to the person, and nothing goes on. Please look at "
            "AI Studios whether the project is there"
        )
    if sight.broken:
        return f"somebody ended its workflow by hand ({sight.broken}), and its thread was not told"
    return _ending(sight.outcome) if sight.outcome else None


def _ending(outcome: Outcome) -> str:
    reason = f": {_FAILURES[outcome.failure]}" if outcome.failure else ""
    detail = f" ({outcome.detail[:LONGEST_DETAIL]})" if outcome.detail else ""
    return f"{_RESULTS[outcome.result]}{reason}{detail}"


def first_words(script: str) -> str:
    """Enough to recognise a script, and no more."""
    words = " ".join(script.split())
    return words if len(words) <= LONGEST_WORDS else words[:LONGEST_WORDS].rstrip() + "…"


def workflow_title(name: str) -> str:
    return _WORKFLOWS.get(name, name)


def latest_step(sight: ExportView) -> str:
    """What was done last."""
    return next((words for step in reversed(sight.steps) if (words := _short(step))), "begun")


def step_words(step: Step) -> str | None:
    """What a step did and what came of it; None for the engine's own, by which nobody learns anything."""
    words, came_of_it = _short(step), _result(step.name, step.result)
    return f"{words}: {came_of_it}" if words and came_of_it else words


def _short(step: Step) -> str | None:
    """What a step did; one that is not known here, by the name under which it was recorded."""
    if step.name == "DBOS.recv":
        return _news(step.result)
    return None if step.name.startswith("DBOS.") else _STEPS.get(step.name, step.name)


def _news(message: Any) -> str | None:
    match message:
        case Progress():
            return f"AI Studios reported {message.progress} %"
        case Stop():
            return f"{message.user_id or 'an operator'} stopped it"
        case ApprovalDecision():
            return f"{message.user_id} {'approved' if message.approved else 'declined'} it"
    return None


def _result(name: str, result: Any) -> str | None:
    match result:
        case Submission():
            return _submitted(result)
        case Reading():
            return result.problem or f"{result.progress or 0:g} %"
        case Upload(refused=str() as reason):
            return f"not taken ({reason})"
        case Edit(landed=False):
            return "Slack did not take it; the next edit says more"
        case Claim():
            return None
        case ("", str() as lost):
            return f"Slack said {lost}"
        case str() if name == "find":
            return f"found project {result}"
        case None if name == "find":
            return "not there"
        case int() if name in ("credits", "line"):
            return f"{result} ahead" if name == "line" else str(result)
    return None


def _submitted(submission: Submission) -> str:
    words = {
        "accepted": f"accepted, project {submission.project_id}",
        "refused": "refused",
        "later": "not accepted, another try follows",
        "unknown": "no answer; AI Studios may have it or not",
    }
    return words[submission.result]
