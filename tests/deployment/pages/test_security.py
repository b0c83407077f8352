"""docs/security.md against the manifest and the limits of the code."""

from __future__ import annotations

import re

from bot.aistudios import webhook
from bot.demo.stage import read_manifest
from bot.slack.api.scopes import BOT_SCOPES
from bot.web.connections import MOST_OPEN
from bot.web.oauth import INSTALLS_AT_ONCE, INSTALLS_PER_SECOND
from bot.web.slack_events import LARGEST_BODY
from bot.web.webhooks import CALLS_AT_ONCE, CALLS_PER_SECOND
from tests.deployment.pages.reading import DOCS, flowing, section

PAGE = DOCS / "security.md"


def test_the_scopes_are_those_of_the_app() -> None:
    """The table has each scope that the manifest asks for, with its reason."""
    rows = re.findall(r"^\| `([a-z.:]+)` \| (.+) \|$", section(PAGE, "Scopes"), re.MULTILINE)
    assert dict(rows) == BOT_SCOPES
    assert sorted(dict(rows)) == sorted(read_manifest()["oauth_config"]["scopes"]["bot"])


def test_the_limits_are_those_of_the_code() -> None:
    """Each number stands in the code as it stands in the text."""
    text = flowing(section(PAGE, "How much, and how often"))
    assert INSTALLS_PER_SECOND == 1
    for words in (
        f"Slack's requests may have {LARGEST_BODY // 1_000_000} MB, webhooks {webhook.MAX_BODY // 1024} KiB",
        f"{MOST_OPEN} connections stand open at once",
        f"takes {CALLS_AT_ONCE} calls at once and {CALLS_PER_SECOND:g} a second",
        f"{INSTALLS_AT_ONCE} installations may be begun at once and one a second",
    ):
        assert words in text
