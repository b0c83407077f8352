"""The ids of the workflows of one request: the exports (one per attempt), and the workflows around each."""

from collections.abc import Iterable

# The workflows that may belong to one attempt, in the order in which they run; the export itself has no suffix.
_SUFFIXES = ("accept", "", "discard", "decide")


def first_attempt(team_id: str, slack_id: str) -> str:
    """The id of the first export of a form or of a step's run in this workspace; a repeated call returns it again.

    Slack does not say that its ids are different in every workspace. Dots are replaced: a dot separates an export's
    id from its suffix.
    """
    return f"{team_id}-{slack_id}".replace(".", "-")


def next_attempt(export_id: str) -> str:
    """The id of the export that follows this one when a person submits again: `T1-V1`, `T1-V1.2`, `T1-V1.3`."""
    first, _, number = export_id.partition(".")
    return f"{first}.{int(number or 1) + 1}"


def accept_id(export_id: str) -> str:
    """The id of the workflow that announces a request and enqueues its first attempt."""
    return f"{export_id}.accept"


def decide_id(export_id: str) -> str:
    """The id of the workflow that carries out the decision about an ended attempt."""
    return f"{export_id}.decide"


def discard_id(export_id: str) -> str:
    """The id of the workflow that deletes the project of a stopped attempt."""
    return f"{export_id}.discard"


def enqueuer_of(export_id: str) -> str:
    """The id of the workflow that enqueues an export: `accept` for the first attempt, `decide` for later ones."""
    first, _, number = export_id.partition(".")
    if not number:
        return accept_id(first)
    return decide_id(first if number == "2" else f"{first}.{int(number) - 1}")


def export_of(workflow_id: str) -> str:
    """The export that a workflow is about: `V1.accept` and `V1.2.decide` are about `V1` and `V1.2`."""
    export_id, _, suffix = workflow_id.rpartition(".")
    return export_id if suffix.isalpha() and export_id else workflow_id


def request_of(workflow_id: str) -> str:
    """The request that a workflow belongs to, by the id of its first attempt."""
    return workflow_id.partition(".")[0]


def requests_of(workflow_ids: Iterable[str]) -> list[str]:
    """The requests that workflows belong to, each once, in their order."""
    return list(dict.fromkeys(request_of(workflow_id) for workflow_id in workflow_ids))


def workflows_of(export_id: str) -> list[str]:
    """The ids of all workflows that an attempt may have, in the order in which they run."""
    return [f"{export_id}.{suffix}".rstrip(".") for suffix in _SUFFIXES]


def order_of(workflow_id: str) -> tuple[int, int]:
    """Sort key for the workflows of one request; SQLite's times are whole seconds, too coarse to sort by."""
    export_id = export_of(workflow_id)
    suffix = workflow_id.removeprefix(export_id).removeprefix(".")
    return int(export_id.partition(".")[2] or 1), _SUFFIXES.index(suffix)
