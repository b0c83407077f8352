"""What an operator may set, and how wrong settings are said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

import bot
from bot.settings import InvalidSettings, Settings, load_settings, load_what_is_right

VARIABLES = frozenset(
    {
        *("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SLACK_API_URL"),
        *("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "ENCRYPTION_KEY"),
        *("AISTUDIOS_APP_ID", "AISTUDIOS_USER_KEY", "AISTUDIOS_TOKEN", "AISTUDIOS_BASE_URL"),
        *("PUBLIC_URL", "WEBHOOK_SECRET", "DATABASE_URL", "HOST", "PORT", "POLL_SECONDS"),
        *("EXPORT_TIMEOUT_SECONDS", "MAX_UPLOAD_MB", "LOG_LEVEL"),
        *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        *("MAX_CONCURRENT_EXPORTS", "SUBMISSIONS_PER_MINUTE"),
        *("ALLOWED_CHANNELS", "ALLOWED_USERGROUPS", "DAILY_VIDEOS_PER_PERSON", "MONTHLY_CREDITS", "APPROVAL_CHANNEL"),
        "RETENTION_DAYS",
    }
)
NEEDED = {
    "SLACK_BOT_TOKEN": "xoxb-hush-bot",
    "SLACK_SIGNING_SECRET": "hush-signing",
    "AISTUDIOS_APP_ID": "app-of-the-tests",
    "AISTUDIOS_USER_KEY": "hush-user-key",
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty directory and none of the variables, whatever the machine has."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.upper() in VARIABLES:
            monkeypatch.delenv(name)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> LoadWith:
    """Loads the settings from these environment variables."""
    return LoadWith(monkeypatch)


class LoadWith:
    """The needed variables and these; None leaves one out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, **variables: str | None) -> Settings:
        for name, value in {**NEEDED, **variables}.items():
            if value is not None:
                self._monkeypatch.setenv(name, value)
        return load_settings()

    def complaints(self, **variables: str | None) -> list[str]:
        """What is said about these settings, line by line."""
        with pytest.raises(InvalidSettings) as invalid:
            self(**variables)
        return str(invalid.value).splitlines()


def revealed(settings: Settings, name: str) -> object:
    """A setting's value, secrets included."""
    value = getattr(settings, name)
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


AN_ENCRYPTION_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
READ = {
    "ENCRYPTION_KEY": (AN_ENCRYPTION_KEY, AN_ENCRYPTION_KEY),
    "SLACK_BOT_TOKEN": ("xoxb-another", "xoxb-another"),
    "SLACK_SIGNING_SECRET": ("another", "another"),
    "SLACK_APP_TOKEN": ("xapp-1-another", "xapp-1-another"),
    "SLACK_API_URL": ("http://127.0.0.1:4000/api/", "http://127.0.0.1:4000/api"),
    "AISTUDIOS_APP_ID": ("another", "another"),
    "AISTUDIOS_USER_KEY": ("another", "another"),
    "AISTUDIOS_TOKEN": ("ready-token", "ready-token"),
    "AISTUDIOS_BASE_URL": ("https://app.aistudios.cn/", "https://app.aistudios.cn"),
    "PUBLIC_URL": ("https://bot.example.com/base/", "https://bot.example.com/base"),
    "WEBHOOK_SECRET": ("another", "another"),
    "DATABASE_URL": ("sqlite:///elsewhere.db", "sqlite:///elsewhere.db"),
    "HOST": ("127.0.0.1", "127.0.0.1"),
    "PORT": ("8080", 8080),
    "POLL_SECONDS": ("0.3", 0.3),
    "EXPORT_TIMEOUT_SECONDS": ("60", 60.0),
    "MAX_UPLOAD_MB": ("0.5", 0.5),
    "MAX_CONCURRENT_EXPORTS": ("3", 3),
    "SUBMISSIONS_PER_MINUTE": ("30", 30),
    "ALLOWED_CHANNELS": ("C0GENERAL,G0OLDER01", frozenset({"C0GENERAL", "G0OLDER01"})),
    "ALLOWED_USERGROUPS": ("S0MAKERS1", frozenset({"S0MAKERS1"})),
    "DAILY_VIDEOS_PER_PERSON": ("5", 5),
    "MONTHLY_CREDITS": ("1000", 1000),
    "APPROVAL_CHANNEL": ("C0APPROVE", "C0APPROVE"),
    "RETENTION_DAYS": ("7", 7),
    "LOG_LEVEL": ("debug", "DEBUG"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("http://collector:4318/", "http://collector:4318"),
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": ("https://traces.example.com/v1", "https://traces.example.com/v1"),
}
DEFAULTS: Mapping[str, object] = {
    "SLACK_CLIENT_ID": None,
    "SLACK_CLIENT_SECRET": None,
    "ENCRYPTION_KEY": None,
    "SLACK_APP_TOKEN": None,
    "SLACK_API_URL": "https://slack.com/api",
    "AISTUDIOS_TOKEN": None,
    "AISTUDIOS_BASE_URL": "https://app.aistudios.com",
    "PUBLIC_URL": None,
    "WEBHOOK_SECRET": None,
    "DATABASE_URL": "sqlite:///avatar-bot.db",
    "PORT": 3000,
    "POLL_SECONDS": 15.0,
    "EXPORT_TIMEOUT_SECONDS": 7200.0,
    "MAX_UPLOAD_MB": 1000.0,
    "MAX_CONCURRENT_EXPORTS": None,
    "SUBMISSIONS_PER_MINUTE": None,
    "ALLOWED_CHANNELS": frozenset(),
    "ALLOWED_USERGROUPS": frozenset(),
    "DAILY_VIDEOS_PER_PERSON": None,
    "MONTHLY_CREDITS": None,
    "APPROVAL_CHANNEL": None,
    "RETENTION_DAYS": 90,
    "LOG_LEVEL": "INFO",
    "OTEL_EXPORTER_OTLP_ENDPOINT": None,
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": None,
}


def test_every_setting_is_a_variable_of_the_list() -> None:
    """There is no setting without a documented variable, and no variable without a setting."""
    assert {name.upper() for name in Settings.model_fields} == VARIABLES == set(READ) | set(MANY)


@pytest.mark.parametrize("variable", sorted(READ))
def test_a_variable_is_read_from_the_environment(load: LoadWith, variable: str) -> None:
    """Each variable of the environment sets its setting."""
    text, value = READ[variable]
    assert revealed(load(**{variable: text}), variable.lower()) == value


@pytest.mark.parametrize("variable", sorted(READ))
def test_a_variable_is_read_from_the_env_file(variable: str) -> None:
    """Each variable may stand in .env instead, beside ones that are not ours."""
    text, value = READ[variable]
    lines = {**NEEDED, "SOMETHING_ELSE": "1", variable: text}
    Path(".env").write_text("".join(f"{name}={line}\n" for name, line in lines.items()), encoding="utf-8")
    assert revealed(load_settings(), variable.lower()) == value


def test_the_environment_wins_over_the_env_file(load: LoadWith) -> None:
    """A variable that is set in both places counts as in the environment."""
    Path(".env").write_text("PORT=1111\nHOST=127.0.0.9\n", encoding="utf-8")
    settings = load(PORT="2222")
    assert (settings.port, settings.host) == (2222, "127.0.0.9")


@pytest.mark.parametrize("variable", sorted(DEFAULTS))
def test_defaults(load: LoadWith, variable: str) -> None:
    """What is not set has its documented default."""
    assert revealed(load(), variable.lower()) == DEFAULTS[variable]


@pytest.mark.parametrize("variable", sorted(DEFAULTS))
def test_empty_is_unset_in_the_environment(load: LoadWith, variable: str) -> None:
    """A variable that is set to nothing has its default."""
    assert revealed(load(**{variable: ""}), variable.lower()) == DEFAULTS[variable]


def test_empty_is_unset_in_the_env_file() -> None:
    """A .env template with empty lines leaves the defaults."""
    lines = {**dict.fromkeys(DEFAULTS, ""), **NEEDED}
    Path(".env").write_text("".join(f"{name}={line}\n" for name, line in lines.items()), encoding="utf-8")
    settings = load_settings()
    assert {name: revealed(settings, name.lower()) for name in DEFAULTS} == DEFAULTS


WRONG = [
    ("ENCRYPTION_KEY", "hush-no-key", "this makes one: python -c"),
    ("ENCRYPTION_KEY", f"{AN_ENCRYPTION_KEY},hush", "must be one key, or several"),
    ("ENCRYPTION_KEY", ", ,", "must be one key, or several"),
    ("SLACK_BOT_TOKEN", "hush-no-token", "must start with xoxb-"),
    ("SLACK_BOT_TOKEN", "xoxp-hush-user", "must start with xoxb-"),
    ("SLACK_APP_TOKEN", "xoxb-hush-mixed-up", "must start with xapp-"),
    ("SLACK_API_URL", "slack.com/api", "must be a web address"),
    ("SLACK_API_URL", "https://slack.com/api?x=1", "must be a plain address"),
    ("AISTUDIOS_BASE_URL", "ftp://app.aistudios.com", "must be a web address"),
    ("AISTUDIOS_BASE_URL", "https://me:hush-password@app.aistudios.com", "must be a plain address"),
    ("PUBLIC_URL", "bot.example.com", "must be a web address"),
    ("PUBLIC_URL", "http://bot.example.com", "must start with https://"),
    ("PUBLIC_URL", "http://127.0.0.1.example.com", "must start with https://"),
    ("PUBLIC_URL", "http://10.0.0.1", "must start with https://"),
    ("PUBLIC_URL", "https://bot.example.com/#top", "must be a plain address"),
    ("PUBLIC_URL", "https://", "must be a web address"),
    ("PUBLIC_URL", "https://[bot", "must be a web address"),
    ("PUBLIC_URL", "https://bot.example.com:port", "must be a web address"),
    ("PUBLIC_URL", "https://bot example.com", "must be a web address"),
    ("DATABASE_URL", "mysql://me:hush-password@db/name", "must look like sqlite:///avatar-bot.db or postgresql://"),
    ("DATABASE_URL", "sqlite://", "must look like sqlite:///avatar-bot.db"),
    ("DATABASE_URL", "sqlite:///", "must look like sqlite:///avatar-bot.db"),
    ("DATABASE_URL", "avatar-bot.db", "must look like sqlite:///avatar-bot.db"),
    ("DATABASE_URL", "postgresql://me:hush-password@db", "postgresql://user:password@host:5432/name"),
    ("DATABASE_URL", "postgresql://me:hush-password@db:port/name", "postgresql://user:password@host:5432/name"),
    # An "@" that should have been written %40: what follows it reads as host and port.
    ("DATABASE_URL", "postgresql://me:p@ss:hush@db/name", "postgresql://user:password@host:5432/name"),
    ("PORT", "three", "must be a whole number"),
    ("PORT", "-1", "greater than or equal to 0"),
    ("PORT", "65536", "less than or equal to 65535"),
    ("POLL_SECONDS", "0", "greater than 0"),
    ("POLL_SECONDS", "nan", "finite number"),
    ("POLL_SECONDS", "often", "valid number"),
    ("EXPORT_TIMEOUT_SECONDS", "inf", "finite number"),
    ("EXPORT_TIMEOUT_SECONDS", "-5", "greater than 0"),
    ("MAX_UPLOAD_MB", "0", "greater than 0"),
    ("ALLOWED_CHANNELS", "#general", "must be a channel's id such as C0"),
    ("ALLOWED_CHANNELS", "C0GENERAL,general,news", "must be a channel's id such as C0"),
    ("ALLOWED_CHANNELS", "C0GENERAL;C0RANDOM0", "must be a channel's id such as C0"),
    ("ALLOWED_USERGROUPS", "@makers", "must be a user group's id such as S0"),
    ("ALLOWED_USERGROUPS", "C0GENERAL", "must be a user group's id such as S0"),
    ("DAILY_VIDEOS_PER_PERSON", "0", "greater than or equal to 1"),
    ("DAILY_VIDEOS_PER_PERSON", "many", "must be a whole number"),
    ("MONTHLY_CREDITS", "-1", "greater than or equal to 1"),
    ("MONTHLY_CREDITS", "10.5", "must be a whole number"),
    ("RETENTION_DAYS", "0", "greater than or equal to 1"),
    ("RETENTION_DAYS", "3651", "less than or equal to 3650"),
    ("RETENTION_DAYS", "1.5", "must be a whole number"),
    ("APPROVAL_CHANNEL", "approvals", "must be a channel's id such as C0"),
    ("APPROVAL_CHANNEL", "C0APPROVE,C0GENERAL", "must be a channel's id such as C0"),
    ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
]


WORDS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_SIGNING_SECRET": "s1",
    "AISTUDIOS_APP_ID": "a1",
    "AISTUDIOS_USER_KEY": "k1",
    "AISTUDIOS_TOKEN": "t1",
}


@pytest.mark.parametrize("variable", WORDS)
def test_what_surrounds_a_copied_credential_is_left_out(load: LoadWith, variable: str) -> None:
    """The line break of a secret's file, and blanks that were copied along, are no part of it."""
    assert revealed(load(**{variable: f" {WORDS[variable]}\r\n"}), variable.lower()) == WORDS[variable]


@pytest.mark.parametrize("fault", ["\n", " ", "ö", "\u200b", "\x7f"], ids=ascii)
@pytest.mark.parametrize("variable", WORDS)
def test_a_credential_that_no_request_can_carry_is_named(load: LoadWith, variable: str, fault: str) -> None:
    """Inside a credential there are no blanks, line breaks or letters that a header cannot hold."""
    (line,) = load.complaints(**{variable: f"{WORDS[variable]}{fault}hush"})
    assert line.startswith(f"{variable}: must be one word")
    assert "hush" not in line


@pytest.mark.parametrize(("variable", "text", "wish"), WRONG)
def test_a_wrong_value_is_named_with_what_is_wanted(load: LoadWith, variable: str, text: str, wish: str) -> None:
    """The one line names the variable and what it wants, and repeats no secret."""
    (line,) = load.complaints(**{variable: text})
    assert line.startswith(f"{variable}: ")
    assert wish in line
    assert "hush" not in line


def test_everything_wrong_is_said_at_once(load: LoadWith) -> None:
    """Several wrong values give one line each."""
    lines = load.complaints(SLACK_BOT_TOKEN="hush", PORT="x", LOG_LEVEL="x")
    assert [line.split(":")[0] for line in lines] == ["SLACK_BOT_TOKEN", "PORT", "LOG_LEVEL"]


def test_everything_missing_is_said_at_once() -> None:
    """With nothing set, one list names every variable that is needed."""
    with pytest.raises(InvalidSettings) as invalid:
        load_settings()
    assert [name for name in NEEDED if name not in str(invalid.value)] == []


@pytest.mark.parametrize("variable", sorted(NEEDED))
def test_a_missing_variable_is_named(load: LoadWith, variable: str) -> None:
    """Each of the variables that have no default is asked for by its name."""
    (line,) = load.complaints(**{variable: None})
    assert variable in line
    assert "needed" in line


@pytest.mark.parametrize("variable", sorted(NEEDED))
def test_white_space_is_no_value(load: LoadWith, variable: str) -> None:
    """Blanks where a credential should be are refused like nothing at all."""
    (line,) = load.complaints(**{variable: "  "})
    assert variable in line


def test_a_months_credits_need_a_months_history(load: LoadWith) -> None:
    """What is deleted earlier could not be added up; a day's videos need no more than a day."""
    assert load(DAILY_VIDEOS_PER_PERSON="1", RETENTION_DAYS="1").retention_days == 1
    (line,) = load.complaints(MONTHLY_CREDITS="100", RETENTION_DAYS="30")
    assert line.startswith("RETENTION_DAYS: must be at least 31 with MONTHLY_CREDITS")
    assert load(MONTHLY_CREDITS="100", RETENTION_DAYS="31").retention_days == 31


def test_a_blank_webhook_secret_is_never_the_key(load: LoadWith) -> None:
    """A guessable key is not used: it is refused, or counts as unset."""
    with suppress(InvalidSettings):
        assert load(WEBHOOK_SECRET=" ").webhook_key.strip()


MANY = {
    "SLACK_CLIENT_ID": "11.22",
    "SLACK_CLIENT_SECRET": "hush-client",
    "SLACK_BOT_TOKEN": None,
    "PUBLIC_URL": "https://bot.example.com",
}


def test_many_workspaces_need_no_bot_token(load: LoadWith) -> None:
    """Each workspace's comes with its installation."""
    settings = load(**MANY)
    assert {name: revealed(settings, name.lower()) for name in MANY} == MANY


@pytest.mark.parametrize(
    ("variable", "text", "wish"),
    [
        ("SLACK_CLIENT_ID", None, "goes together with SLACK_CLIENT_ID"),
        ("SLACK_CLIENT_SECRET", None, "goes together with SLACK_CLIENT_ID"),
        ("SLACK_BOT_TOKEN", "xoxb-hush", "is for one workspace and SLACK_CLIENT_ID for many"),
        ("SLACK_APP_TOKEN", "xapp-hush", "Slack doesn't give to apps for many workspaces"),
        ("SLACK_SIGNING_SECRET", None, "is needed"),
        ("PUBLIC_URL", None, "is needed with SLACK_CLIENT_ID"),
    ],
)
def test_what_does_not_go_with_many_workspaces_is_said(
    load: LoadWith, variable: str, text: str | None, wish: str
) -> None:
    """There is one mode at a time, and each has what it needs; Socket Mode is no way out of the signing secret."""
    (line,) = load.complaints(**{**MANY, variable: text})
    assert wish in line
    assert "hush" not in line
    assert "or set SLACK_APP_TOKEN" not in line


def test_socket_mode_needs_no_signing_secret(load: LoadWith) -> None:
    """With an app token nothing comes over HTTP that would be signed."""
    settings = load(SLACK_SIGNING_SECRET=None, SLACK_APP_TOKEN="xapp-1-hush")
    assert settings.slack_signing_secret is None
    assert settings.webhook_key


def test_a_ready_token_stands_in_for_id_and_key(load: LoadWith) -> None:
    """With AISTUDIOS_TOKEN neither AISTUDIOS_APP_ID nor AISTUDIOS_USER_KEY is needed."""
    settings = load(AISTUDIOS_APP_ID=None, AISTUDIOS_USER_KEY=None, AISTUDIOS_TOKEN="hush")
    assert revealed(settings, "aistudios_token") == "hush"


def test_with_an_encryption_key_the_operator_needs_no_account(load: LoadWith) -> None:
    """Each workspace connects its own."""
    settings = load(AISTUDIOS_APP_ID=None, AISTUDIOS_USER_KEY=None, ENCRYPTION_KEY=AN_ENCRYPTION_KEY)
    assert (settings.aistudios_app_id, settings.encryption_keys) == (None, [AN_ENCRYPTION_KEY])


@pytest.mark.parametrize("missing", ["AISTUDIOS_APP_ID", "AISTUDIOS_USER_KEY"])
def test_half_an_account_is_complained_of(load: LoadWith, missing: str) -> None:
    """An operator who has set one of the two has forgotten the other."""
    (line,) = load.complaints(**{missing: None, "ENCRYPTION_KEY": AN_ENCRYPTION_KEY})
    assert "set both, or neither" in line


@pytest.mark.parametrize("written", ["{0},{1}", "{0}, {1}", " {0} {1} ", "{0},\n{1},"])
def test_several_encryption_keys(load: LoadWith, written: str) -> None:
    """They stand in their order, so that the first one seals."""
    other = AN_ENCRYPTION_KEY.replace("MDEy", "OTEy")
    settings = load(ENCRYPTION_KEY=written.format(AN_ENCRYPTION_KEY, other))
    assert settings.encryption_keys == [AN_ENCRYPTION_KEY, other]


@pytest.mark.parametrize("address", ["http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"])
def test_plain_http_is_for_this_machine(load: LoadWith, address: str) -> None:
    """A loopback PUBLIC_URL may be plain http, as the local simulators are."""
    assert load(PUBLIC_URL=address).public_url == address


DATABASES = {
    "postgres://me:pw@db:5432/name": "postgresql://me:pw@db:5432/name",
    "postgresql://me:pw@db/name": "postgresql://me:pw@db/name",
    "postgresql://me:p%40ss@db:5432/name?sslmode=require": "postgresql://me:p%40ss@db:5432/name?sslmode=require",
    "postgres://me@db/name?sslmode=verify-full": "postgresql://me@db/name?sslmode=verify-full",
    "postgresql:///name?host=/run/postgresql": "postgresql:///name?host=/run/postgresql",
    "sqlite:///data/avatar-bot.db": "sqlite:///data/avatar-bot.db",
    "sqlite:////var/lib/avatar-bot.db": "sqlite:////var/lib/avatar-bot.db",
}


@pytest.mark.parametrize("written", DATABASES)
def test_database_addresses_as_operators_write_them(load: LoadWith, written: str) -> None:
    """The usual spellings are taken, query included; postgres:// is the same as postgresql://."""
    assert load(DATABASE_URL=written).database_url.get_secret_value() == DATABASES[written]


def test_the_webhook_key_is_derived_from_the_signing_secret(load: LoadWith) -> None:
    """The same secret gives the same key, so that replicas agree; the key does not show the secret."""
    first, second = load().webhook_key, load().webhook_key
    assert first == second
    assert b"hush" not in first
    assert len(first) >= 32


@pytest.mark.parametrize("variable", ["SLACK_SIGNING_SECRET", "WEBHOOK_SECRET"])
def test_another_secret_gives_another_webhook_key(load: LoadWith, variable: str) -> None:
    """Keys of different installations differ."""
    assert load().webhook_key != load(**{variable: "another"}).webhook_key


def test_webhook_secret_is_the_key(load: LoadWith) -> None:
    """WEBHOOK_SECRET wins over what is derived, whatever the signing secret is."""
    first = load(WEBHOOK_SECRET="chosen").webhook_key
    assert first == load(WEBHOOK_SECRET="chosen", SLACK_SIGNING_SECRET="another").webhook_key == b"chosen"


def test_every_secret_is_known_as_one(load: LoadWith) -> None:
    """Tokens, keys and the database's password, which is a secret without its address too."""
    settings = load(DATABASE_URL="postgresql://me:hush%40password@db/name")
    assert {"xoxb-hush-bot", "hush-signing", "hush-user-key", "hush@password"} <= set(settings.secrets)


@pytest.mark.parametrize(
    ("variables", "endpoint"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, "http://collector:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/mine"}, "http://collector:4318/mine"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b/mine"},
            "http://b/mine",
        ),
    ],
)
def test_where_traces_go(load: LoadWith, variables: dict[str, str], endpoint: str | None) -> None:
    """Below the common endpoint, or to that for traces alone, just as it is written."""
    assert load(**variables).traces_endpoint == endpoint


def test_secrets_are_not_shown(load: LoadWith) -> None:
    """Neither repr() nor str() of the settings has a credential, the database's password included."""
    settings = load(
        SLACK_APP_TOKEN="xapp-hush",
        AISTUDIOS_TOKEN="hush",
        WEBHOOK_SECRET="hush",
        DATABASE_URL="postgresql://me:hush@db/name",
    )
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings)


@pytest.mark.parametrize(
    "written",
    ["C0GENERAL,C0RANDOM0", " C0GENERAL , C0RANDOM0,", "C0GENERAL C0RANDOM0", "C0RANDOM0,C0GENERAL,C0GENERAL"],
)
def test_lists_as_operators_write_them(load: LoadWith, written: str) -> None:
    """Commas, spaces, a comma too many and a part written twice make the same list."""
    assert load(ALLOWED_CHANNELS=written).allowed_channels == {"C0GENERAL", "C0RANDOM0"}


def test_the_upload_limit_is_in_millions_of_bytes(load: LoadWith) -> None:
    """One MB is 1,000,000 bytes, in fractions too."""
    assert load(MAX_UPLOAD_MB="0.5").max_upload_bytes == 500_000


def serve(variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`python -m bot serve` in this directory with these settings only."""
    others = {name: value for name, value in os.environ.items() if name.upper() not in VARIABLES}
    home = str(Path(bot.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        env={**others, "PYTHONPATH": home, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_serve_without_settings_tells_the_first_steps() -> None:
    """The command ends with exit code 2 and the way to a first start on stderr, without a traceback."""
    ended = serve({})
    assert ended.returncode == 2
    assert "avatar-bot manifest" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


def test_serve_with_some_settings_lists_the_others() -> None:
    """Who has begun is told what is still to be set right."""
    ended = serve({"AISTUDIOS_TOKEN": "hush"})
    assert ended.returncode == 2
    assert "SLACK_BOT_TOKEN: is needed" in ended.stderr


def test_an_env_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    """A `.env` that cannot be read is one complaint, not a traceback."""
    (tmp_path / ".env").write_bytes(b"SLACK_BOT_TOKEN=\xff\n")
    with pytest.raises(InvalidSettings, match=r"^\.env: can't be read: it is not text in UTF-8$"):
        load_settings()


def test_what_is_right_is_there_beside_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wrong setting is complained of, and the others can be used; what was typed wins over the environment."""
    monkeypatch.setenv("SLACK_APP_TOKEN", "hush")
    monkeypatch.setenv("POLL_SECONDS", "5")
    settings, complaints = load_what_is_right(port="three", database_url="postgres://me@db/name")
    assert {line.partition(":")[0] for line in complaints} >= {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PORT"}
    assert (settings.poll_seconds, settings.port, settings.slack_app_token) == (5, 3000, None)
    assert revealed(settings, "database_url") == "postgresql://me@db/name"


def test_serve_repeats_no_secret() -> None:
    """A wrong token is named, not shown."""
    ended = serve({**NEEDED, "SLACK_BOT_TOKEN": "hush-wrong"})
    assert ended.returncode == 2
    assert "SLACK_BOT_TOKEN: must start with xoxb-" in ended.stderr
    assert "hush" not in ended.stderr + ended.stdout
