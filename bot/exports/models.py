"""The values of an export: its request, its messages and its steps' results, stored as JSON in the database."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.exports.states import FailureReason, LinkReason, Result, Stage, SubmissionResult
from bot.scripts.writing_systems import well_formed

Resolution = Literal["4k", "1080", "720", "480"]

Deletion = Literal["deleted", "refused", "later"]


class Stored(BaseModel):
    """A value in an export's history: immutable, and readable by later releases that know more fields."""

    # An error would quote its input, which may be a script.
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
    """Everything that a person chose in the form: used to prefill, remember, validate and submit.

    Fields that were not chosen are empty. The script is stored exactly as written. `is_export` false: a draft, not
    rendered.
    """

    avatar: Avatar = Avatar(id="", name="")
    language: str = ""
    script: str = ""
    channel_id: str = ""
    resolution: Resolution = "1080"
    workspace_id: str | None = None
    is_export: bool = True


class ExportRequest(Stored):
    """A person's request for a video; `asked_at` is its Unix time in seconds.

    `account_id` is the AI Studios account that makes the video, None for the operator's.
    """

    requester: Requester
    options: RequestOptions
    origin: Origin | None = None
    caller: Caller | None = None
    approved_by: str | None = None
    account_id: str | None = None
    asked_at: float | None = None


class ApprovalPolicy(Stored):
    """The channel in which a request must be approved before it is submitted, and for how many seconds it may wait."""

    channel_id: str
    timeout_seconds: float


class ApprovalDecision(Stored):
    """An approver's decision about a request."""

    approved: bool
    user_id: str
    reason: str = ""


class Stop(Stored):
    """A request to stop an export; without a user id it comes from the operator."""

    user_id: str = ""


class Posted(Stored):
    """The messages of an export in Slack: the root message and the reply that is edited."""

    channel_id: str
    root_ts: str
    reply_ts: str


class PollSettings(Stored):
    """After how long without progress AI Studios is polled, and how long an export may take; both in seconds.

    Recorded with each export: a replay under other settings must run the same steps.
    """

    poll_seconds: float
    timeout_seconds: float


class Claim(Stored):
    """Recorded before submitting, so that a rerun after a crash knows that the script may have been submitted.

    `at` is the Unix time in seconds.
    """

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
    """AI Studios' answer to a poll of a project; `at` is the Unix time in seconds."""

    at: float
    progress: float | None = None
    download_url: str | None = None
    problem: Literal["unreachable", "credentials", "disconnected", "gone", "failed"] | None = None


class Progress(Stored):
    """The progress that a webhook reported: percent, credits, and the Unix time (seconds) at which it arrived."""

    at: float
    progress: int
    credit: int | None = None
    task_id: str | None = None


class Gathered(Stored):
    """The messages that arrived while a stage waited, summarised.

    `number` is that of the last message, 0 if none arrived; `waited` is how long the stage waited, and `quiet` how long
    ago the last progress arrived (seconds); `at` is the Unix time at the end of the wait. Contains the newest progress
    and the first control message.
    """

    number: int
    at: float
    waited: float
    quiet: float | None = None
    progress: Progress | None = None
    stop: Stop | None = None
    decision: ApprovalDecision | None = None


class Edit(Stored):
    """An edit of the reply: its Unix time in seconds, and whether it succeeded."""

    at: float
    landed: bool


class MessageReference(Stored):
    """A message in Slack whose button was pressed or which is to be edited."""

    channel_id: str
    ts: str


class Video(Stored):
    """A finished video at AI Studios; `credits` is None if AI Studios does not report them.

    `heard_at` is when the first webhook arrived whose progress the thread does not show yet (Unix time, seconds).
    """

    project_id: str
    download_url: str
    credits: int | None = None
    heard_at: float | None = None


class Upload(Stored):
    """A video uploaded to Slack but not shared yet, or the reason why it was not uploaded (`refused`).

    `seconds` is its duration; `place_lost` is Slack's error code if it could not be shared in its thread.
    """

    file_id: str | None = None
    seconds: float | None = None
    refused: LinkReason | None = None
    detail: str | None = None
    place_lost: str | None = None


class Status(Stored):
    """The state that the thread shows. Percent is 0 to 100, `ahead` counts exports; durations are in seconds.

    `export_id` is the export that its buttons act on, `user_id` the person who decided, if anybody did.
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


# The types that histories may contain. A recorded type must stay here under its name: old histories name it.
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
