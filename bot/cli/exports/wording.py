"""Describes an export for the terminal by the table of states. Shows only the first words of a script, no token."""

from collections.abc import Mapping
from typing import Any

from bot.exports.history.operator import ExportView, Step
from bot.exports.models import Claim, Edit, Gathered, Outcome, Reading, Submission, Upload
from bot.exports.states import FAILURES, RESULTS, STAGES, StageRecord, State

LONGEST_WORDS = 40
LONGEST_DETAIL = 200
RUNNING, UNREADABLE = "running", "unreadable"

# Stages that are one state in lists have the same words (tests/exports/test_states.py).
_STAGE_OF: Mapping[State, StageRecord] = {record.state: record for record in STAGES.values()}
_WORKFLOWS: Mapping[str, str] = {
    "accept": "the request is announced",
    "export": "the video is made",
    "discard": "its project is deleted",
    "decide": "it is decided how to go on",
}
_STEPS: Mapping[str, str] = {
    "enter": "made sure that it can post there",
    "announce": "announced it",
    "reply": "posted its reply",
    "ask_approval": "asked for approval",
    "close_approval": "showed the decision",
    "export": "put it in line",
    "queue_position": "checked its place in line",
    "claim": "got ready to submit",
    "submit": "submitted it",
    "find": "looked for it at AI Studios",
    "read": "asked AI Studios how far it is",
    "show": "edited its reply",
    "credits": "asked for its credits",
    "transfer": "brought the file to Slack",
    "share": "showed the video in the thread",
    "share_directly": "sent the video to the person directly",
    "notify": "notified the person",
    "conclude": "showed the outcome",
    "close_question": "showed what was decided",
    "delete_project": "deleted the project at AI Studios",
    "report": "completed the workflow's step",
    "accepted": "accepted",
}
# What is written down for the bot itself.
_UNSHOWN = frozenset({"asked_at", "begin", "end", "listen", "pause"})


def state_of(view: ExportView) -> str:
    """The state in a few words."""
    if view.broken:
        return "unreadable history" if view.broken == "ERROR" else f"ended by hand ({view.broken})"
    words = _STAGE_OF[view.summary.state].operator
    return f"{words}, {view.summary.percent} %" if view.summary.state == "rendering" else words


def is_in(view: ExportView, state: str | None) -> bool:
    """Whether the export is in the state with this short name; True for None."""
    if state is None:
        return True
    if state == UNREADABLE:
        return view.broken is not None
    if view.broken:
        return False
    return view.summary.in_flight if state == RUNNING else view.summary.state == state


def wait_of(view: ExportView) -> str | None:
    """The event that the export waits for; None when it has ended."""
    return None if view.broken else _STAGE_OF[view.summary.state].waits_for


def end_of(view: ExportView) -> str | None:
    """The result and its reason; None while the export is running."""
    if view.broken == "ERROR":
        return (
            "its history can't be read (ERROR): the person was told, and nothing more happens. Please check at "
            "AI Studios whether the project is there"
        )
    if view.broken:
        return f"somebody ended its workflow by hand ({view.broken}), and its thread does not say so"
    return _ending(view.outcome) if view.outcome else None


def _ending(outcome: Outcome) -> str:
    reason = f": {FAILURES[outcome.failure].operator}" if outcome.failure else ""
    detail = f" ({outcome.detail[:LONGEST_DETAIL]})" if outcome.detail else ""
    return f"{RESULTS[outcome.result].operator}{reason}{detail}"


def first_words(script: str) -> str:
    """The first words of a script, at most LONGEST_WORDS characters."""
    words = " ".join(script.split())
    return words if len(words) <= LONGEST_WORDS else words[:LONGEST_WORDS].rstrip() + "…"


def workflow_title(name: str) -> str:
    return _WORKFLOWS.get(name, name)


def latest_step(view: ExportView) -> str:
    """The last step in words."""
    return next((words for step in reversed(view.steps) if (words := _short(step))), "started")


def step_words(step: Step) -> str | None:
    """The step and its result in words; None for internal steps of the engine."""
    words, result = _short(step), _result(step.name, step.result)
    return f"{words}: {result}" if words and result else words


def _short(step: Step) -> str | None:
    """The step in words; a step without words by its recorded name; None for internal steps."""
    if isinstance(step.result, Gathered):
        return _heard(step.result)
    if step.name in _UNSHOWN or step.name.startswith("DBOS."):
        return None
    return _STEPS.get(step.name, step.name)


def _heard(gathered: Gathered) -> str | None:
    """The control messages and progress received while the export listened; None without any."""
    heard = []
    if gathered.progress:
        heard.append(f"AI Studios reported {gathered.progress.progress} %")
    if gathered.decision:
        heard.append(f"{gathered.decision.user_id} {'approved' if gathered.decision.approved else 'declined'} it")
    if gathered.stop:
        heard.append(f"{gathered.stop.user_id or 'an operator'} stopped it")
    return ", ".join(heard) or None


def _result(name: str, result: Any) -> str | None:
    match result:
        case Submission():
            return _submitted(result)
        case Reading():
            return result.problem or f"{result.progress or 0:.0f} %"
        case Upload(refused=str() as reason):
            return f"not uploaded ({reason})"
        case Edit(landed=False) if name == "show":
            return "Slack did not accept it; the next edit shows more"
        case Claim():
            return None
        case ("", str() as lost):
            return f"Slack said {lost}"
        case str() if name == "find":
            return f"found project {result}"
        case None if name == "find":
            return "not there"
        case int() if name == "queue_position":
            return f"{result} ahead"
        case int() if name == "credits":
            return str(result)
    return None


def _submitted(submission: Submission) -> str:
    words = {
        "accepted": f"accepted, project {submission.project_id}",
        "refused": "refused",
        "later": "not accepted, another try follows",
        "unknown": "no answer; AI Studios may have it or not",
    }
    return words[submission.result]
