"""Which AI Studios account a workspace uses, as the Home tab shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Connection:
    """A workspace that may connect an account of its own, and what it uses now.

    `app_id_end` are the last characters of its own account's app id, `connected_by` the person who connected it;
    `avatars` is how many there are, None until they were read. `has_operators`: without an account of its own it uses
    the operator's. `is_unreadable`: its own account's keys are stored, but they can no longer be decrypted.
    """

    kind: Literal["own", "operator", "none"]
    has_operators: bool = False
    is_unreadable: bool = False
    app_id_end: str = ""
    connected_by: str = ""
    connected_at: datetime | None = None
    avatars: int | None = None
