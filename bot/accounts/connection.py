"""Which AI Studios account a workspace uses, as the Home tab shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Connection:
    """The account that a workspace uses now, if workspaces may connect their own.

    `app_id_end` are the last characters of its own account's app id, `connected_by` the person who connected it;
    `avatars` is their number, None until they were read. `has_operators`: there is an operator's account, which is
    used by workspaces without their own. `is_unreadable`: its own account's keys can no longer be decrypted.
    """

    kind: Literal["own", "operator", "none"]
    has_operators: bool = False
    is_unreadable: bool = False
    app_id_end: str = ""
    connected_by: str = ""
    connected_at: datetime | None = None
    avatars: int | None = None
