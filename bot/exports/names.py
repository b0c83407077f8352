"""How the workflows of one request are called: the export, its further attempts, and what comes before each."""


def next_attempt(export_id: str) -> str:
    """The id of the export that follows this one when a person submits again: `V1`, `V1.2`, `V1.3`."""
    first, _, number = export_id.partition(".")
    return f"{first}.{int(number or 1) + 1}"


def announcer_of(export_id: str) -> str:
    """The workflow that gets an export in line: for the first attempt its `accept`, for others a `decide`."""
    first, _, number = export_id.partition(".")
    if not number:
        return f"{first}.accept"
    return f"{first}.decide" if number == "2" else f"{first}.{int(number) - 1}.decide"


def export_of(workflow_id: str) -> str:
    """The export that a workflow is about: `V1.accept` and `V1.2.decide` are about `V1` and `V1.2`."""
    export_id, _, part = workflow_id.rpartition(".")
    return export_id if part.isalpha() and export_id else workflow_id
