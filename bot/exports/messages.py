"""The messages that workflows are sent, by topic, and what several of them come to. Pure."""

from collections.abc import Sequence

from bot.exports.models import ApprovalDecision, Progress, Stop

PROGRESS = "progress"
CONTROL = "control"


def newest_progress(reports: Sequence[Progress]) -> Progress | None:
    """Progress never runs backwards, and what was told once is not forgotten; the first that came has the time."""
    if not reports:
        return None
    return Progress(
        at=min(one.at for one in reports),
        progress=max(one.progress for one in reports),
        credit=next((one.credit for one in reversed(reports) if one.credit is not None), None),
        task_id=next((one.task_id for one in reversed(reports) if one.task_id), None),
    )


def is_control(body: object, *, decisions: bool) -> bool:
    """Whether it tells a workflow what to do; a decision does only where one is awaited."""
    return isinstance(body, Stop) or (decisions and isinstance(body, ApprovalDecision))
