"""What the local AI Studios remembers: projects, calls it received, exports it billed, webhooks it sent."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bot.demo.aistudios.account import Account

WebhookEncoding = Literal["json", "form", "get-query", "post-query"]
# The vendor documents "exported" alone; the other states are ours.
ProjectState = Literal["draft", "exporting", "exported", "failed"]


@dataclass(frozen=True)
class ExportRequest:
    """A valid body of `POST /simple/custom`, with the documented defaults filled in."""

    language: str
    text: str
    model: str
    is_export: bool = True
    workspace_id: str | None = None
    resolution: str = "1080"
    webhook_url: str | None = None


@dataclass(frozen=True)
class Submission:
    """An accepted export that costs credits. `text` is the script as received, character for character.

    `app_id` is the account that pays.
    """

    project_id: str
    app_id: str
    text: str
    model: str
    language: str
    resolution: str
    workspace_id: str | None
    webhook_url: str | None
    at: float


@dataclass(frozen=True)
class Call:
    """A request that reached the server. `at` is `time.monotonic()` on arrival, in seconds.

    `status` is None when the connection was closed without an answer; `json` and `answer` are None when the
    body was no JSON.
    """

    method: str
    path: str
    json: Any
    status: int | None
    answer: Any
    at: float


@dataclass(frozen=True)
class WebhookCall:
    """A webhook call that was made (or lost, by a fault). Exactly one of `status` and `error` is set."""

    project_id: str
    progress: int
    url: str
    encoding: WebhookEncoding
    status: int | None
    error: str | None
    at: float


def _object_id() -> str:
    return secrets.token_hex(12)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Project:
    """A project on the dashboard of an account and, unless it is a draft, its rendering.

    `task_id` and `backend_task_id` differ: the vendor does not say that they are equal.
    """

    account: Account
    request: ExportRequest
    steps: tuple[float, ...]
    scripted: bool = False
    state: ProjectState = "draft"
    progress: float = 0.0
    credit: int | None = None
    download_url: str | None = None
    video: Path | None = None
    video_seconds: float = 0.0
    held: bool = False
    rendered_seconds: float = 0.0
    steps_reached: int = 0
    id: str = field(default_factory=_object_id)
    task_id: str = field(default_factory=_object_id)
    backend_task_id: str = field(default_factory=_object_id)
    created_at: datetime = field(default_factory=_now)
    updated_at: datetime = field(default_factory=_now)

    @property
    def name(self) -> str:
        """The first words of the script, as the dashboard titles a project."""
        return " ".join(self.request.text.split())[:40]

    def touch(self) -> None:
        """Note that the project changed now."""
        self.updated_at = _now()

    def submission(self) -> Submission:
        """What this export is billed for."""
        request = self.request
        return Submission(
            project_id=self.id,
            app_id=self.account.app_id,
            text=request.text,
            model=request.model,
            language=request.language,
            resolution=request.resolution,
            workspace_id=request.workspace_id,
            webhook_url=request.webhook_url,
            at=time.monotonic(),
        )
