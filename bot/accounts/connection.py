"""Which AI Studios account a workspace uses, as far as people are shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Connection:
    """A workspace that may connect an account of its own, and what it uses now.

    `app_id_end` are the last characters of its own account's app id, `connected_by` the person who connected it;
    `avatars` is None until the list has come. `has_operators`: without an account of its own it uses the operator's.
    `is_unreadable`: its own account's keys were stored, but they can no longer be opened.
    """

    kind: Literal["own", "operator", "none"]
    has_operators: bool = False
    is_unreadable: bool = False
    app_id_end: str = ""
    connected_by: str = ""
    connected_at: datetime | None = None
    avatars: int | None = None
