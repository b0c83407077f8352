"""The operator's settings, read once from the environment or `.env` by the command line."""

import hashlib
import hmac
import ipaddress
import os
import re
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

R = TypeVar("R")

NEW_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
LONGEST_MONTH = 31
LEAVE_OUT = "please leave"
# What earlier versions read, and what an operator who still sets it should know.
_NO_LONGER_USED = {
    "AISTUDIOS_TOKEN": "is no longer used: the bot gets its tokens with AISTUDIOS_APP_ID and AISTUDIOS_USER_KEY",
    "SUBMISSIONS_PER_MINUTE": "is no longer used: MAX_CONCURRENT_EXPORTS limits how many videos are made at once",
    "WEBHOOK_SECRET": "is no longer used: the bot makes its webhook addresses with Slack's signing secret or app token",
}


def new_encryption_key() -> str:
    """A new value for ENCRYPTION_KEY, as the command in NEW_KEY creates it."""
    return Fernet.generate_key().decode()


class InvalidSettings(Exception):
    """The settings can't be used. The text names each variable and its problem."""


def _not_blank(value: R) -> R:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if not text.strip():
        raise ValueError("is blank")
    return value


def _one_word(value: R) -> R:
    """Validates a value for a header or a signature, which line breaks and look-alike letters would break."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be one word of plain letters, digits and symbols; please copy it again")
    return value


def _token(prefixes: tuple[str, ...], where: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(prefixes):
            raise ValueError(f"must start with {prefixes[0]} ({where})")
        return _one_word(value)

    return AfterValidator(check)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _web_address(value: str) -> str:
    address = value.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(char.isspace() for char in address):
        raise ValueError("must be a web address such as https://bot.example.com")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must be a plain address without a query, a fragment or a user name")
    return address


def public_address(value: str) -> str:
    """The URL without a trailing slash. Raises ValueError, whose text says which URLs are allowed."""
    address = _web_address(value)
    parts = urlsplit(address)
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ValueError("must start with https:// (plain http is only for this machine)")
    return address


def _database_url(value: SecretStr) -> SecretStr:
    address = value.get_secret_value().strip()
    if address.startswith("postgres://"):
        address = "postgresql://" + address.removeprefix("postgres://")
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # its own words may show a part of the password
        url = None
    known = url is not None and url.get_backend_name() in ("sqlite", "postgresql")
    if url is None or not known or url.database in (None, "", ":memory:"):
        raise ValueError("must look like sqlite:///avatar-bot.db or postgresql://user:password@host:5432/name")
    return SecretStr(address)


def _keys_in(value: SecretStr) -> list[str]:
    return [key for key in re.split(r"[,\s]+", value.get_secret_value()) if key]


def _fernet_keys(value: SecretStr) -> SecretStr:
    keys = _keys_in(value)
    try:
        usable = bool([Fernet(key) for key in keys])
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"must be one key, or several with commas between them; this makes one: {NEW_KEY}")
    return value


def _parts(value: object) -> object:
    """The items of a list that is separated by commas or spaces."""
    return [part for part in re.split(r"[,\s]+", value) if part] if isinstance(value, str) else value


def _id(prefixes: str, what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(rf"[{prefixes}][A-Z0-9]{{2,}}", value.strip()):
            raise ValueError(f"must be {what}")
        return value.strip()

    return AfterValidator(check)


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Word = Annotated[str, AfterValidator(_not_blank), AfterValidator(_one_word)]
SecretWord = Annotated[SecretStr, AfterValidator(_not_blank), AfterValidator(_one_word)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
# Channels begin with C, older private ones with G (docs.slack.dev/reference/objects/conversation-object).
ChannelId = Annotated[str, _id("CG", "a channel's id such as C0123456789 (the channel's name → About, at the bottom)")]
UsergroupId = Annotated[str, _id("S", "a user group's id such as S0123456789 (in the address of the group's page)")]
# Without NoDecode an environment variable for a list would have to be JSON.
Channels = Annotated[frozenset[ChannelId], NoDecode, BeforeValidator(_parts)]
Usergroups = Annotated[frozenset[UsergroupId], NoDecode, BeforeValidator(_parts)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]


class Settings(BaseSettings):
    """The operator's settings. Durations are seconds; sizes are MB (1,000,000 bytes).

    An empty variable counts as unset, because templates of `.env` contain empty ones.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    slack_client_id: Word | None = None
    slack_client_secret: SecretWord | None = Field(default=None, validate_default=True)
    slack_bot_token: Annotated[SecretStr, _token(("xoxb-", "xoxe."), "the app's page → OAuth & Permissions")] | None = (
        Field(default=None, validate_default=True)
    )
    slack_app_token: (
        Annotated[SecretStr, _token(("xapp-",), "the app's page → Basic Information → App-Level Tokens")] | None
    ) = None
    slack_signing_secret: SecretWord | None = Field(default=None, validate_default=True)
    slack_api_url: WebAddress = "https://slack.com/api"

    encryption_key: Annotated[SecretStr, AfterValidator(_fernet_keys)] | None = None
    aistudios_app_id: Word | None = Field(default=None, validate_default=True)
    aistudios_user_key: SecretWord | None = Field(default=None, validate_default=True)
    aistudios_base_url: WebAddress = "https://app.aistudios.com"

    public_url: Annotated[str, AfterValidator(public_address)] | None = Field(default=None, validate_default=True)
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = SecretStr("sqlite:///avatar-bot.db")
    host: str = "0.0.0.0"  # noqa: S104 — a container's port is published by its engine; HOST narrows it
    port: int = Field(default=3000, ge=0, le=65535)
    poll_seconds: float = Field(default=15, gt=0, le=3600, allow_inf_nan=False)
    export_timeout_seconds: float = Field(default=7200, gt=0, le=604_800, allow_inf_nan=False)
    max_upload_mb: float = Field(default=1000, gt=0, le=100_000, allow_inf_nan=False)
    max_concurrent_exports: int | None = Field(default=None, ge=1, le=10_000)
    allowed_channels: Channels = frozenset()
    allowed_usergroups: Usergroups = frozenset()
    daily_videos_per_person: int | None = Field(default=None, ge=1, le=10_000)
    monthly_credits: int | None = Field(default=None, ge=1, le=1_000_000_000)
    approval_channel: ChannelId | None = None
    retention_days: int = Field(default=90, ge=1, le=3650)
    log_level: LogLevel = "INFO"
    # As OpenTelemetry spells and means them
    # (https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp).
    otel_exporter_otlp_endpoint: WebAddress | None = None
    otel_exporter_otlp_traces_endpoint: WebAddress | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _stripped(cls, value: object) -> object:
        """The value without the line break at its end, which copied values and secret files have."""
        return value.strip() if isinstance(value, str) else value

    @field_validator("slack_client_secret")
    @classmethod
    def _with_its_id(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # An id that is wrong is complained of by itself.
        if "slack_client_id" in info.data and (value is None) != (info.data["slack_client_id"] is None):
            raise ValueError(
                "goes together with SLACK_CLIENT_ID, and one of them is missing "
                "(the app's page → Basic Information → App Credentials)"
            )
        return value

    @field_validator("slack_bot_token")
    @classmethod
    def _of_one_workspace(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and not _is_for_many(info):
            raise ValueError("is needed")
        if value is not None and _is_for_many(info):
            raise ValueError(f"is for one workspace and SLACK_CLIENT_ID for many; {LEAVE_OUT} one of them out")
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _of_socket_mode(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # https://docs.slack.dev/apis/events-api/using-socket-mode: such apps can't be distributed.
        if value is not None and _is_for_many(info):
            raise ValueError(
                f"is for Socket Mode, which Slack doesn't give to apps for many workspaces; {LEAVE_OUT} it out"
            )
        return value

    @field_validator("public_url")
    @classmethod
    def _reachable(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and _is_for_many(info):
            raise ValueError("is needed with SLACK_CLIENT_ID: Slack sends people back there when they have installed")
        return value

    @field_validator("slack_signing_secret")
    @classmethod
    def _verifiable(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # An app token that is wrong is complained of by itself.
        if value is None and info.data.get("slack_app_token", "wrong") is None:
            needed = "is needed (the app's page → Basic Information → Signing Secret)"
            raise ValueError(needed if _is_for_many(info) else f"{needed}, or set SLACK_APP_TOKEN for Socket Mode")
        return value

    @field_validator("aistudios_app_id", "aistudios_user_key")
    @classmethod
    def _credentials(cls, value: R, info: ValidationInfo) -> R:
        # With an encryption key workspaces connect accounts of their own; a wrong key is complained of by itself.
        if value is None and info.data.get("encryption_key", "wrong") is None:
            raise ValueError("is needed, with API access (AI Studios → your account's name → Profile → Issue API Key)")
        return value

    @field_validator("aistudios_user_key")
    @classmethod
    def _whole(cls, value: R | None, info: ValidationInfo) -> R | None:
        app_id = info.data.get("aistudios_app_id", value)
        if (value is None) != (app_id is None):
            raise ValueError("goes together with AISTUDIOS_APP_ID; please set both, or neither")
        return value

    @property
    def encryption_keys(self) -> list[str]:
        """The keys that decrypt accounts. The first one encrypts; empty when workspaces can't connect accounts."""
        return _keys_in(self.encryption_key) if self.encryption_key else []

    @field_validator("retention_days")
    @classmethod
    def _remembers_a_month(cls, value: int, info: ValidationInfo) -> int:
        if value < LONGEST_MONTH and info.data.get("monthly_credits"):
            raise ValueError(
                f"must be at least {LONGEST_MONTH} with MONTHLY_CREDITS, which adds up what the month's videos cost"
            )
        return value

    @property
    def webhook_key(self) -> bytes:
        """The key that signs webhook URLs; never empty. Derived from a Slack secret, so all replicas have one key."""
        parent = self.slack_signing_secret or self.slack_app_token
        if parent is None:
            raise ValueError("the settings were checked to hold a secret of Slack's")
        return webhook_key_from(parent.get_secret_value())

    @property
    def traces_endpoint(self) -> str | None:
        """The URL for traces by OTLP over HTTP; None when traces are off."""
        if self.otel_exporter_otlp_traces_endpoint or not self.otel_exporter_otlp_endpoint:
            return self.otel_exporter_otlp_traces_endpoint
        return f"{self.otel_exporter_otlp_endpoint}/v1/traces"

    @property
    def secrets(self) -> list[str]:
        """All secret values, to redact them."""
        hidden = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        password = make_url(self.database_url.get_secret_value()).password
        return [*hidden, str(password)] if password else hidden

    @property
    def max_upload_bytes(self) -> int:
        return int(self.max_upload_mb * 1_000_000)


def webhook_key_from(secret: str) -> bytes:
    """The key that signs webhook URLs where Slack's secret is this one."""
    return hmac.digest(secret.encode(), b"avatar-bot webhook address", hashlib.sha256)


def _is_for_many(info: ValidationInfo) -> bool:
    """Whether many workspaces may install the app: one of the two client settings is set, valid or not."""
    return any(info.data.get(name, "wrong") is not None for name in ("slack_client_id", "slack_client_secret"))


class _WhatIsRight(Settings):
    """The settings with the default, or None, in place of each invalid value."""

    @field_validator("*", mode="wrap")
    @classmethod
    def _or_default(cls, value: object, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        try:
            return check(value)
        except ValidationError:
            field = cls.model_fields[info.field_name or ""]
            return None if field.is_required() else field.default


def load_settings() -> Settings:
    """The settings of this process. Raises InvalidSettings with one line for each problem."""
    try:
        return Settings()
    except ValidationError as error:
        unused = (f"{variable}: {words}" for variable, words in no_longer_used().items())
        raise InvalidSettings("\n".join([*_complaints(error), *unused])) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(_unreadable(error)) from None


def load_what_is_right(**typed: str) -> tuple[Settings, list[str]]:
    """The settings with invalid ones replaced, and one line for each problem.

    An invalid setting has its default value, or None without a default. `typed` values, by the names of the fields,
    take precedence over the environment. Raises InvalidSettings when `.env` can't be read.
    """
    values: dict[str, Any] = dict(typed)
    try:
        return Settings(**values), []
    except ValidationError as error:
        missing: dict[str, Any] = {str(item["loc"][0]): None for item in error.errors() if item["type"] == "missing"}
        return _WhatIsRight(**missing, **values), _complaints(error)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(_unreadable(error)) from None


def no_longer_used() -> dict[str, str]:
    """What to say about each variable that is set and has no meaning any more. `.env` must be readable."""
    given = {**dotenv_values(".env"), **os.environ}
    names = {name.upper() for name, value in given.items() if value}
    return {variable: words for variable, words in _NO_LONGER_USED.items() if variable in names}


def _unreadable(error: OSError | UnicodeDecodeError) -> str:
    reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
    return f".env: can't be read: {reason}"


def _complaints(error: ValidationError) -> list[str]:
    """One line for each problem; a list with several invalid items is one problem."""
    lines = (_complaint(item["loc"], item["type"], item["msg"]) for item in error.errors())
    return list(dict.fromkeys(lines))


def _complaint(location: tuple[int | str, ...], kind: str, message: str) -> str:
    message = message.removeprefix("Value error, ").partition(", unable to parse")[0]
    message = message.replace("Input should be", "must be").replace("a valid integer", "a whole number")
    variable = str(location[0]).upper()
    if kind == "missing":
        message = "is needed"
    return f"{variable}: {message[:1].lower()}{message[1:]}"
