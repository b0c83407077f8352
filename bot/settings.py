"""Everything an operator can set, read once from the environment or `.env` by the command line."""

import hashlib
import hmac
import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class InvalidSettings(Exception):
    """The settings cannot be used; the text names each variable and what it wants."""


def _secret(prefixes: tuple[str, ...], where: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(prefixes):
            raise ValueError(f"must start with {prefixes[0]} ({where})")
        return value

    return AfterValidator(check)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a web address such as https://bot.example.com")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must be a plain address without a query, a fragment or a user name")
    return value.rstrip("/")


def _public_address(value: str) -> str:
    address = _web_address(value)
    parts = urlsplit(address)
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ValueError("must start with https:// (plain http is only for this machine)")
    return address


def _database_url(value: str) -> str:
    if value.startswith("postgres://"):
        value = "postgresql://" + value.removeprefix("postgres://")
    try:
        url = make_url(value)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        raise ValueError("must look like sqlite:///avatar-bot.db or postgresql://user:password@host:5432/name")
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


WebAddress = Annotated[str, AfterValidator(_web_address)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]


class Settings(BaseSettings):
    """The operator's settings. Durations are seconds; sizes are MB (1,000,000 bytes).

    A variable that is set to nothing counts as unset, as `.env` templates leave them.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    slack_bot_token: Annotated[SecretStr, _secret(("xoxb-", "xoxe."), "the app's page → OAuth & Permissions")]
    slack_signing_secret: SecretStr | None = None
    slack_app_token: (
        Annotated[SecretStr, _secret(("xapp-",), "the app's page → Basic Information → App-Level Tokens")] | None
    ) = None
    slack_api_url: WebAddress = "https://slack.com/api"

    aistudios_app_id: str | None = None
    aistudios_user_key: SecretStr | None = None
    aistudios_token: SecretStr | None = None
    aistudios_base_url: WebAddress = "https://app.aistudios.com"

    public_url: Annotated[str, AfterValidator(_public_address)] | None = None
    webhook_secret: SecretStr | None = None
    database_url: Annotated[str, AfterValidator(_database_url)] = "sqlite:///avatar-bot.db"
    host: str = "0.0.0.0"  # noqa: S104 — a container's port is published by its engine; HOST narrows it
    port: int = Field(default=3000, ge=0, le=65535)
    poll_seconds: float = Field(default=15, gt=0, le=3600, allow_inf_nan=False)
    export_timeout_seconds: float = Field(default=7200, gt=0, le=604_800, allow_inf_nan=False)
    max_upload_mb: float = Field(default=1000, gt=0, le=100_000, allow_inf_nan=False)
    max_concurrent_exports: int | None = Field(default=None, ge=1, le=10_000)
    submissions_per_minute: int | None = Field(default=None, ge=1, le=10_000)
    log_level: LogLevel = "INFO"

    @model_validator(mode="after")
    def _complete(self) -> "Settings":
        if not self.slack_app_token and not self.slack_signing_secret:
            raise ValueError(
                "SLACK_SIGNING_SECRET: is needed (the app's page → Basic Information → Signing Secret), "
                "or set SLACK_APP_TOKEN for Socket Mode"
            )
        if not self.aistudios_token and not (self.aistudios_app_id and self.aistudios_user_key):
            raise ValueError(
                "AISTUDIOS_APP_ID and AISTUDIOS_USER_KEY: are both needed "
                "(AI Studios → API), or a ready AISTUDIOS_TOKEN"
            )
        return self

    @property
    def webhook_key(self) -> bytes:
        """The key that makes webhook addresses unguessable; never empty.

        Derived from a Slack secret unless WEBHOOK_SECRET is set, so that every replica has the same one.
        """
        if self.webhook_secret:
            return self.webhook_secret.get_secret_value().encode()
        parent = self.slack_signing_secret or self.slack_app_token or self.slack_bot_token
        return hmac.digest(parent.get_secret_value().encode(), b"avatar-bot webhook address", hashlib.sha256)

    @property
    def max_upload_bytes(self) -> int:
        return int(self.max_upload_mb * 1_000_000)


def load_settings() -> Settings:
    """The settings of this process. Raises InvalidSettings with one line for each thing to mend."""
    try:
        return Settings()  # type: ignore[call-arg]  # its values come from the environment
    except ValidationError as error:
        raise InvalidSettings("\n".join(_complaints(error))) from None


def _complaints(error: ValidationError) -> list[str]:
    return [_complaint(item["loc"], item["type"], item["msg"]) for item in error.errors()]


def _complaint(location: tuple[int | str, ...], kind: str, message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not location:
        return message
    variable = str(location[0]).upper()
    if kind == "missing":
        message = "is needed"
    return f"{variable}: {message[:1].lower()}{message[1:]}"
