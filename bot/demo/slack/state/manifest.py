"""What the app's manifest allows and asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.world import Json


@dataclass(frozen=True)
class AppManifest:
    """A parsed manifest, read the way Slack reads it at installation.

    `granted` are the scopes that an OAuth installation asked for; without one they are the manifest's.
    """

    source: Mapping[str, Any]
    granted: tuple[str, ...] | None = None

    def _section(self, *path: str) -> Any:
        node: Any = self.source
        for key in path:
            node = node.get(key) if isinstance(node, Mapping) else None
        return node

    @property
    def scopes(self) -> tuple[str, ...]:
        """The bot scopes that the app has, in the order in which Slack lists them."""
        return self.declared_scopes("bot") if self.granted is None else self.granted

    def declared_scopes(self, kind: Literal["bot", "user"]) -> tuple[str, ...]:
        """The scopes that an installation may ask for."""
        return tuple(self._section("oauth_config", "scopes", kind) or ())

    @property
    def redirect_urls(self) -> tuple[str, ...]:
        """Where Slack may send people back to at the end of an installation."""
        return tuple(self._section("oauth_config", "redirect_urls") or ())

    @property
    def rotates_tokens(self) -> bool:
        """Whether installations get tokens that expire."""
        return bool(self._section("settings", "token_rotation_enabled"))

    @property
    def deploys_to_organisations(self) -> bool:
        """Whether a whole organisation can install the app."""
        return bool(self._section("settings", "org_deploy_enabled"))

    @property
    def events(self) -> frozenset[str]:
        """The events the app subscribed to."""
        return frozenset(self._section("settings", "event_subscriptions", "bot_events") or ())

    @property
    def interactive(self) -> bool:
        """Whether buttons, modals and shortcuts are delivered at all."""
        return bool(self._section("settings", "interactivity", "is_enabled"))

    @property
    def socket_mode(self) -> bool:
        """Whether the manifest is one for Socket Mode, which names no addresses."""
        return bool(self._section("settings", "socket_mode_enabled"))

    @property
    def options_url(self) -> str | None:
        """Where external selects ask over HTTP; without it they stay empty."""
        url = self._section("settings", "interactivity", "message_menu_options_url")
        return str(url) if url else None

    @property
    def unfurl_domains(self) -> tuple[str, ...]:
        """The domains whose videos may be embedded."""
        return tuple(self._section("features", "unfurl_domains") or ())

    def app_home(self, switch: str) -> bool:
        """A switch of `features.app_home`, such as home_tab_enabled."""
        return bool(self._section("features", "app_home", switch))

    def slash_command(self, command: str) -> Json | None:
        """The declaration of a slash command."""
        return _named(self._section("features", "slash_commands"), "command", command)

    def shortcut(self, callback_id: str, kind: str) -> Json | None:
        """The declaration of a global or message shortcut."""
        found = _named(self._section("features", "shortcuts"), "callback_id", callback_id)
        return found if found and found["type"] == kind else None

    def function(self, callback_id: str) -> Json | None:
        """The declaration of a Workflow Builder step."""
        found: Json | None = self._section("functions", callback_id)
        return found

    def step(self, callback_id: str) -> Json | None:
        """A step that Workflow Builder offers: its app runs remotely, can be deployed to an organisation, and
        is told of executions.
        """
        runs = self._section("settings", "function_runtime") == "remote"
        hears = "function_executed" in self.events
        return self.function(callback_id) if runs and self.deploys_to_organisations and hears else None

    def require_scope(self, *any_of: str) -> None:
        """Raise missing_scope unless one of these was granted."""
        if any_of and not set(any_of) & set(self.scopes):
            raise SlackError("missing_scope", needed=any_of[0], provided=",".join(self.scopes))


def _named(declared: Iterable[Json] | None, key: str, name: str) -> Json | None:
    return next((item for item in declared or () if item.get(key) == name), None)
