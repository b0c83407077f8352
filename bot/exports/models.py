"""What an export is made of. All of it is kept as JSON in the engine's database."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.exports.writing import well_formed

Resolution = Literal["4k", "1080", "720", "480"]

FailureReason = Literal[
    "rejected",
    "credentials",
    "disconnected",
    "unreachable",
    "render_failed",
    "project_gone",
    "timed_out",
    "no_link",
    "place_lost",
    "no_approvers",
    "declined",
    "lapsed",
    "internal",
]
LinkReason = Literal["too_large", "refused_by_slack", "not_fetched", "unsafe", "interrupted"]
Stage = Literal[
    "approval",
    "sending",
    "queued",
    "waiting",
    "searching",
    "submitted",
    "rendering",
    "silent",
    "fetching",
    "ready",
    "linked",
    "failed",
    "question",
    "left",
    "drafted",
    "cancelled",
    "stopped",
    "discarded",
    "kept",
]
Deletion = Literal["deleted", "refused", "later"]
Decision = Literal["submit_again", "leave_it", "try_again"]


class Stored(BaseModel):
    """A value in an export's history: never changed, and readable by later releases that know more fields."""

    # What an error would quote of its input may be a script.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: well_formed(value) if isinstance(value, str) else value for name, value in given.items()}


class Requester(Stored):
    """The person who asked, in which workspace, and the locale in which the bot speaks to them."""

    team_id: str
    user_id: str
    locale: str
    enterprise_id: str | None = None


class Avatar(Stored):
    id: str
    name: str


class Origin(Stored):
    """The message that a script was made from."""

    channel_id: str
    ts: str


class Caller(Stored):
    """The run of a workflow's step that waits for the outcome, and the token that it may be completed with."""

    execution_id: str
    token: str = Field(repr=False)


class ExportRequest(Stored):
    """What a person submitted, at that Unix time (seconds). The script is kept exactly as written.

    `is_export` false: a draft, not rendered. `account_id` is the AI Studios account that it is made with, None for the
    operator's.
    """

    requester: Requester
    channel_id: str
    avatar: Avatar
    language: str
    script: str
    is_export: bool = True
    workspace_id: str | None = None
    resolution: Resolution = "1080"
    origin: Origin | None = None
    caller: Caller | None = None
    approved_by: str | None = None
    account_id: str | None = None
    asked_at: float | None = None


class Approval(Stored):
    """Where a request has to be approved before it is sent, and for how long that may take (seconds)."""

    channel_id: str
    patience_seconds: float


class Verdict(Stored):
    """What somebody decided about a request."""

    approved: bool
    user_id: str
    reason: str = ""


class Stop(Stored):
    """Somebody no longer wants the video; without a user id it is the operator."""

    user_id: str = ""


class Posted(Stored):
    """Where an export shows itself: the root message and the reply that is edited."""

    channel_id: str
    root_ts: str
    reply_ts: str


class Pace(Stored):
    """How long to be without news before asking, and how long an export may take; both in seconds.

    `sparing`: of the progress only some is shown; all of it is in exports of earlier releases.
    Written down with each export: a replay under other settings must come to the same steps.
    """

    poll_seconds: float
    timeout_seconds: float
    sparing: bool = False


class Claim(Stored):
    """Written down before credits are spent; `at` is the Unix time in seconds."""

    token: str
    at: float


class Submission(Stored):
    """How one attempt to submit ended; `at` is the Unix time in seconds.

    `unknown`: AI Studios may or may not have received it. `later`: certainly not accepted, worth another try.
    """

    result: Literal["accepted", "refused", "later", "unknown"]
    at: float
    project_id: str | None = None
    task_id: str | None = None
    reason: FailureReason | None = None
    detail: str | None = None
    retry_after: float | None = None


class Reading(Stored):
    """What AI Studios answered when asked about a project; `at` is the Unix time in seconds."""

    at: float
    progress: float | None = None
    download_url: str | None = None
    problem: Literal["unreachable", "credentials", "disconnected", "gone", "failed"] | None = None


class Heard(Stored):
    """News from a webhook, stamped with the Unix time (seconds) at which it came in."""

    at: float
    progress: int
    credit: int | None = None
    task_id: str | None = None


class Edit(Stored):
    """An edit of the reply: its Unix time in seconds, and whether it landed."""

    at: float
    landed: bool


class Nudge(Stored):
    """Wakes a wait that its clock let oversleep; carries no news."""


class Question(Stored):
    """The message that asks a person for a decision, by its buttons."""

    channel_id: str
    ts: str


class Video(Stored):
    """A finished video at AI Studios; credits as far as AI Studios tells.

    `heard_at` is when the webhook came in (Unix time, seconds) that nothing in the thread shows yet.
    """

    project_id: str
    download_url: str
    credits: int | None = None
    heard_at: float | None = None


class Upload(Stored):
    """A video that was brought to Slack but is not shown yet, or why it was not brought.

    `place_lost` is why it could not be shown in its thread.
    """

    file_id: str | None = None
    seconds: float | None = None
    refused: LinkReason | None = None
    detail: str | None = None
    place_lost: str | None = None


class Status(Stored):
    """What the thread shows now. Percent is 0 to 100, `ahead` counts exports; the rest are seconds.

    `export_id` is what its buttons are about, `user_id` who decided, where somebody did.
    """

    stage: Stage
    export_id: str | None = None
    user_id: str | None = None
    percent: int = 0
    ahead: int | None = None
    seconds_left: float | None = None
    seconds_silent: float | None = None
    seconds: float | None = None
    credits: int | None = None
    project_url: str | None = None
    download_url: str | None = None
    link_reason: LinkReason | None = None
    failure: FailureReason | None = None
    detail: str | None = None


class Outcome(Stored):
    """How an export ended."""

    result: Literal["video", "link", "failed", "question", "left", "draft", "stopped"]
    project_id: str | None = None
    file_id: str | None = None
    download_url: str | None = None
    seconds: float | None = None
    credits: int | None = None
    failure: FailureReason | None = None
    detail: str | None = None
