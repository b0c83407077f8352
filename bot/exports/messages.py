"""The topics of the messages to workflows, and how several messages are summarised. Pure."""

from collections.abc import Sequence

from bot.exports.models import ApprovalDecision, Progress, Stop

PROGRESS = "progress"
CONTROL = "control"


def newest_progress(reports: Sequence[Progress]) -> Progress | None:
    """The highest percent, the latest known credits and task id, and the earliest time; None without reports."""
    if not reports:
        return None
    return Progress(
        at=min(one.at for one in reports),
        progress=max(one.progress for one in reports),
        credit=next((one.credit for one in reversed(reports) if one.credit is not None), None),
        task_id=next((one.task_id for one in reversed(reports) if one.task_id), None),
    )


def is_control(body: object, *, decisions: bool) -> bool:
    """Whether it is a control message: a Stop or, with `decisions`, an approval decision."""
    return isinstance(body, Stop) or (decisions and isinstance(body, ApprovalDecision))
