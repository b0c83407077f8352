"""What an export is made of. All of it is kept as JSON in the engine's database."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.exports.states import FailureReason, LinkReason, Result, Stage, SubmissionResult
from bot.scripts.writing_systems import well_formed

Resolution = Literal["4k", "1080", "720", "480"]

Deletion = Literal["deleted", "refused", "later"]


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


class RequestOptions(Stored):
    """Everything that a person chose: the form's prefill, what is remembered, the answers, and what is submitted.

    What was not chosen is empty. The script is kept exactly as written; `is_export` false: a draft, not rendered.
    """

    avatar: Avatar = Avatar(id="", name="")
    language: str = ""
    script: str = ""
    channel_id: str = ""
    resolution: Resolution = "1080"
    workspace_id: str | None = None
    is_export: bool = True


class ExportRequest(Stored):
    """What a person submitted, at that Unix time (seconds).

    `account_id` is the AI Studios account that it is made with, None for the operator's.
    """

    requester: Requester
    options: RequestOptions
    origin: Origin | None = None
    caller: Caller | None = None
    approved_by: str | None = None
    account_id: str | None = None
    asked_at: float | None = None


class ApprovalPolicy(Stored):
    """Where a request has to be approved before it is sent, and for how long that may take (seconds)."""

    channel_id: str
    timeout_seconds: float


class ApprovalDecision(Stored):
    """What somebody in the approval channel decided about a request."""

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


class PollSettings(Stored):
    """How long to be without progress before asking, and how long an export may take; both in seconds.

    Written down with each export: a replay under other settings must come to the same steps.
    """

    poll_seconds: float
    timeout_seconds: float


class Claim(Stored):
    """Written down before credits are spent; `at` is the Unix time in seconds."""

    token: str
    at: float


class Submission(Stored):
    """How one attempt to submit ended; `at` is the Unix time in seconds.

    `unknown`: AI Studios may or may not have received it. `later`: certainly not accepted, worth another try.
    """

    result: SubmissionResult
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


class Progress(Stored):
    """What a webhook told of a render, stamped with the Unix time (seconds) at which it came in."""

    at: float
    progress: int
    credit: int | None = None
    task_id: str | None = None


class Gathered(Stored):
    """What came in while a stage listened.

    `number` is that of the last message, 0 when none came; `waited` is how long it listened, and `quiet` how long ago
    the last progress came (seconds); `at` is the Unix time at its end. Of progress only the newest is kept, of control
    messages the first.
    """

    number: int
    at: float
    waited: float
    quiet: float | None = None
    progress: Progress | None = None
    stop: Stop | None = None
    decision: ApprovalDecision | None = None


class Edit(Stored):
    """An edit of the reply: its Unix time in seconds, and whether it landed."""

    at: float
    landed: bool


class MessageReference(Stored):
    """A message in Slack: the one whose button was pressed, or that is edited."""

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

    result: Result
    project_id: str | None = None
    file_id: str | None = None
    download_url: str | None = None
    seconds: float | None = None
    credits: int | None = None
    failure: FailureReason | None = None
    detail: str | None = None


# What the histories of exports may hold. A type that is recorded once stays here, under its name.
STORED_TYPES: tuple[type[Stored], ...] = (
    Requester,
    Avatar,
    Origin,
    Caller,
    RequestOptions,
    ExportRequest,
    ApprovalPolicy,
    ApprovalDecision,
    Stop,
    Posted,
    PollSettings,
    Claim,
    Submission,
    Reading,
    Progress,
    Gathered,
    Edit,
    MessageReference,
    Video,
    Upload,
    Status,
    Outcome,
)
