"""What an operator may set, and how wrong settings are said."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from bot.settings import InvalidSettings, Settings, load_settings, load_what_is_right, no_longer_used

VARIABLES = frozenset(
    {
        *("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SLACK_API_URL"),
        *("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "ENCRYPTION_KEY"),
        *("AISTUDIOS_APP_ID", "AISTUDIOS_USER_KEY", "AISTUDIOS_BASE_URL"),
        *("PUBLIC_URL", "DATABASE_URL", "HOST", "PORT", "POLL_SECONDS"),
        *("EXPORT_TIMEOUT_SECONDS", "MAX_UPLOAD_MB", "LOG_LEVEL"),
        *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        *("ALLOWED_CHANNELS", "ALLOWED_USERGROUPS", "DAILY_VIDEOS_PER_PERSON", "MONTHLY_CREDITS", "APPROVAL_CHANNEL"),
        *("MAX_CONCURRENT_EXPORTS", "RETENTION_DAYS"),
    }
)
NO_LONGER_USED = {
    "AISTUDIOS_TOKEN": "AISTUDIOS_APP_ID and AISTUDIOS_USER_KEY",
    "SUBMISSIONS_PER_MINUTE": "MAX_CONCURRENT_EXPORTS",
    "WEBHOOK_SECRET": "signing secret",
}
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
        if name.upper() in VARIABLES | NO_LONGER_USED.keys():
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
        with self._monkeypatch.context() as environment:
            for name, value in {**NEEDED, **variables}.items():
                if value is not None:
                    environment.setenv(name, value)
            return load_settings()

    def complaints(self, **variables: str | None) -> list[str]:
        """What is said about these settings, line by line; nothing where they can be used."""
        try:
            self(**variables)
        except InvalidSettings as invalid:
            return str(invalid).splitlines()
        return []


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
    "AISTUDIOS_BASE_URL": ("https://app.aistudios.cn/", "https://app.aistudios.cn"),
    "PUBLIC_URL": ("https://bot.example.com/base/", "https://bot.example.com/base"),
    "DATABASE_URL": ("sqlite:///elsewhere.db", "sqlite:///elsewhere.db"),
    "HOST": ("127.0.0.1", "127.0.0.1"),
    "PORT": ("8080", 8080),
    "POLL_SECONDS": ("0.3", 0.3),
    "EXPORT_TIMEOUT_SECONDS": ("60", 60.0),
    "MAX_UPLOAD_MB": ("0.5", 0.5),
    "MAX_CONCURRENT_EXPORTS": ("3", 3),
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
    "AISTUDIOS_BASE_URL": "https://app.aistudios.com",
    "PUBLIC_URL": None,
    "DATABASE_URL": "sqlite:///avatar-bot.db",
    "PORT": 3000,
    "POLL_SECONDS": 15.0,
    "EXPORT_TIMEOUT_SECONDS": 7200.0,
    "MAX_UPLOAD_MB": 1000.0,
    "MAX_CONCURRENT_EXPORTS": None,
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


def test_a_variable_is_read_from_the_environment(load: LoadWith) -> None:
    """Each variable of the environment sets its setting."""
    read = {variable: revealed(load(**{variable: text}), variable.lower()) for variable, (text, _) in READ.items()}
    assert read == {variable: value for variable, (_, value) in READ.items()}


def write_env_file(**lines: str) -> None:
    """A `.env` in this directory."""
    Path(".env").write_text("".join(f"{name}={line}\n" for name, line in lines.items()), encoding="utf-8")


def test_a_variable_is_read_from_the_env_file() -> None:
    """Each variable may stand in .env instead, beside ones that are not ours."""
    read = {}
    for variable, (text, _) in READ.items():
        write_env_file(**{**NEEDED, "SOMETHING_ELSE": "1", variable: text})
        read[variable] = revealed(load_settings(), variable.lower())
    assert read == {variable: value for variable, (_, value) in READ.items()}


def test_the_environment_wins_over_the_env_file(load: LoadWith) -> None:
    """A variable that is set in both places counts as in the environment."""
    write_env_file(PORT="1111", HOST="127.0.0.9")
    settings = load(PORT="2222")
    assert (settings.port, settings.host) == (2222, "127.0.0.9")


def defaults_in(settings: Settings) -> dict[str, object]:
    """The values of the settings that have a default."""
    return {variable: revealed(settings, variable.lower()) for variable in DEFAULTS}


def test_defaults(load: LoadWith) -> None:
    """What is not set has its documented default."""
    assert defaults_in(load()) == DEFAULTS


def test_empty_is_unset_in_the_environment(load: LoadWith) -> None:
    """Variables that are set to nothing have their defaults."""
    assert defaults_in(load(**dict.fromkeys(DEFAULTS, ""))) == DEFAULTS


def test_empty_is_unset_in_the_env_file() -> None:
    """A .env template with empty lines leaves the defaults."""
    write_env_file(**{**dict.fromkeys(DEFAULTS, ""), **NEEDED})
    assert defaults_in(load_settings()) == DEFAULTS


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
}


def test_what_surrounds_a_copied_credential_is_left_out(load: LoadWith) -> None:
    """The line break of a secret's file, and blanks that were copied along, are no part of it."""
    settings = load(**{variable: f" {word}\r\n" for variable, word in WORDS.items()})
    assert {variable: revealed(settings, variable.lower()) for variable in WORDS} == WORDS


def test_a_credential_that_no_request_can_carry_is_named(load: LoadWith) -> None:
    """Inside a credential there are no blanks, line breaks or letters that a header cannot hold."""
    cases = [
        (variable, f"{word}{fault}hush", "must be one word")
        for variable, word in WORDS.items()
        for fault in ("\n", " ", "ö", "\u200b", "\x7f")
    ]
    assert not_complained_of(load, cases) == []


def test_a_wrong_value_is_named_with_what_is_wanted(load: LoadWith) -> None:
    """The one line names the variable and what it wants, and repeats no secret."""
    assert not_complained_of(load, WRONG) == []


def not_complained_of(load: LoadWith, cases: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, list[str]]]:
    """Those of the cases (variable, value, words) that are not told by one line, with what is said of them."""
    told = ((variable, text, wish, load.complaints(**{variable: text})) for variable, text, wish in cases)
    return [(variable, text, lines) for variable, text, wish, lines in told if not is_told(lines, variable, wish)]


def is_told(lines: Sequence[str], variable: str, wish: str) -> bool:
    """Whether there is one line, which names the variable and the wish and shows no secret."""
    return len(lines) == 1 and lines[0].startswith(f"{variable}: ") and wish in lines[0] and "hush" not in lines[0]


def test_everything_wrong_is_said_at_once(load: LoadWith) -> None:
    """Several wrong values give one line each."""
    lines = load.complaints(SLACK_BOT_TOKEN="hush", PORT="x", LOG_LEVEL="x")
    assert [line.split(":")[0] for line in lines] == ["SLACK_BOT_TOKEN", "PORT", "LOG_LEVEL"]


def test_everything_missing_is_said_at_once() -> None:
    """With nothing set, one list names every variable that is needed."""
    with pytest.raises(InvalidSettings) as invalid:
        load_settings()
    assert [name for name in NEEDED if name not in str(invalid.value)] == []


def test_a_missing_variable_is_named(load: LoadWith) -> None:
    """Each of the variables that have no default is asked for by its name."""
    said = {variable: load.complaints(**{variable: None}) for variable in NEEDED}
    assert {name: lines for name, lines in said.items() if not is_told(lines, name, "is needed")} == {}


def test_white_space_is_no_value(load: LoadWith) -> None:
    """Blanks where a credential should be are refused like nothing at all."""
    assert not_complained_of(load, [(variable, "  ", "") for variable in NEEDED]) == []


def test_a_months_credits_need_a_months_history(load: LoadWith) -> None:
    """What is deleted earlier could not be added up; a day's videos need no more than a day."""
    assert load(DAILY_VIDEOS_PER_PERSON="1", RETENTION_DAYS="1").retention_days == 1
    (line,) = load.complaints(MONTHLY_CREDITS="100", RETENTION_DAYS="30")
    assert line.startswith("RETENTION_DAYS: must be at least 31 with MONTHLY_CREDITS")
    assert load(MONTHLY_CREDITS="100", RETENTION_DAYS="31").retention_days == 31


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


def test_with_an_encryption_key_the_operator_needs_no_account(load: LoadWith) -> None:
    """Each workspace connects its own."""
    settings = load(AISTUDIOS_APP_ID=None, AISTUDIOS_USER_KEY=None, ENCRYPTION_KEY=AN_ENCRYPTION_KEY)
    assert (settings.aistudios_app_id, settings.encryption_keys) == (None, [AN_ENCRYPTION_KEY])


@pytest.mark.parametrize("missing", ["AISTUDIOS_APP_ID", "AISTUDIOS_USER_KEY"])
def test_half_an_account_is_complained_of(load: LoadWith, missing: str) -> None:
    """An operator who has set one of the two has forgotten the other."""
    (line,) = load.complaints(**{missing: None, "ENCRYPTION_KEY": AN_ENCRYPTION_KEY})
    assert "set both, or neither" in line


def test_several_encryption_keys(load: LoadWith) -> None:
    """They stand in their order, so that the first one seals."""
    other = AN_ENCRYPTION_KEY.replace("MDEy", "OTEy")
    for written in ("{0},{1}", "{0}, {1}", " {0} {1} ", "{0},\n{1},"):
        settings = load(ENCRYPTION_KEY=written.format(AN_ENCRYPTION_KEY, other))
        assert settings.encryption_keys == [AN_ENCRYPTION_KEY, other], written


def test_plain_http_is_for_this_machine(load: LoadWith) -> None:
    """A loopback PUBLIC_URL may be plain http, as the local simulators are."""
    addresses = ["http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"]
    assert [load(PUBLIC_URL=address).public_url for address in addresses] == addresses


DATABASES = {
    "postgres://me:pw@db:5432/name": "postgresql://me:pw@db:5432/name",
    "postgresql://me:pw@db/name": "postgresql://me:pw@db/name",
    "postgresql://me:p%40ss@db:5432/name?sslmode=require": "postgresql://me:p%40ss@db:5432/name?sslmode=require",
    "postgres://me@db/name?sslmode=verify-full": "postgresql://me@db/name?sslmode=verify-full",
    "postgresql:///name?host=/run/postgresql": "postgresql:///name?host=/run/postgresql",
    "sqlite:///data/avatar-bot.db": "sqlite:///data/avatar-bot.db",
    "sqlite:////var/lib/avatar-bot.db": "sqlite:////var/lib/avatar-bot.db",
}


def test_database_addresses_as_operators_write_them(load: LoadWith) -> None:
    """The usual spellings are taken, query included; postgres:// is the same as postgresql://."""
    read = {written: load(DATABASE_URL=written).database_url.get_secret_value() for written in DATABASES}
    assert read == DATABASES


def test_the_webhook_key_is_derived_from_the_signing_secret(load: LoadWith) -> None:
    """The same secret gives the same key, so that replicas agree; the key does not show the secret."""
    first, second = load().webhook_key, load().webhook_key
    assert first == second
    assert b"hush" not in first
    assert len(first) >= 32


def test_another_secret_gives_another_webhook_key(load: LoadWith) -> None:
    """Keys of different installations differ, with the signing secret and, in Socket Mode, with the app's token."""
    assert load().webhook_key != load(SLACK_SIGNING_SECRET="another").webhook_key
    in_socket_mode = [
        load(SLACK_SIGNING_SECRET=None, SLACK_APP_TOKEN=token).webhook_key for token in ("xapp-1", "xapp-2")
    ]
    assert in_socket_mode[0] != in_socket_mode[1]


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
        DATABASE_URL="postgresql://me:hush@db/name",
    )
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings)


def test_lists_as_operators_write_them(load: LoadWith) -> None:
    """Commas, spaces, a comma too many and a part written twice make the same list."""
    for written in (
        "C0GENERAL,C0RANDOM0",
        " C0GENERAL , C0RANDOM0,",
        "C0GENERAL C0RANDOM0",
        "C0RANDOM0,C0GENERAL,C0GENERAL",
    ):
        assert load(ALLOWED_CHANNELS=written).allowed_channels == {"C0GENERAL", "C0RANDOM0"}, written


def test_the_upload_limit_is_in_millions_of_bytes(load: LoadWith) -> None:
    """One MB is 1,000,000 bytes, in fractions too."""
    assert load(MAX_UPLOAD_MB="0.5").max_upload_bytes == 500_000


def test_a_setting_that_is_gone_is_named(load: LoadWith, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot starts all the same; what is set of them is named, with what takes its place, and empty ones are not."""
    assert no_longer_used() == {}
    monkeypatch.setenv("aistudios_token", "hush")
    write_env_file(WEBHOOK_SECRET="hush", SUBMISSIONS_PER_MINUTE="5")
    load()
    said = no_longer_used()
    assert {name for name, place in NO_LONGER_USED.items() if place not in said[name]} == set()
    write_env_file(**dict.fromkeys(NO_LONGER_USED, ""))
    assert list(no_longer_used()) == ["AISTUDIOS_TOKEN"]


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
