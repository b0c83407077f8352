"""The manifest: valid for Slack, and granting what the bot uses, no more and no less."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from slack_sdk.web.async_client import AsyncWebClient

import bot
from bot.slack import ids
from bot.slack.api.scopes import BOT_SCOPES

Json = dict[str, Any]

HOME = Path(bot.__file__).parents[1]
# Slack's own schema (github.com/slackapi/manifest-schema, MIT).
SCHEMA: Json = json.loads(Path(__file__).with_name("data").joinpath("slack-manifest.schema.json").read_text("utf-8"))

READ_ANY = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY_OF_ANY = ("channels:history", "groups:history", "im:history", "mpim:history")
# The bot scopes of each method that the bot calls (docs.slack.dev/reference/methods). A conversation that a
# person chooses may be of any kind, so all kinds are needed; conversations.open is only for a person's own
# messages with the bot.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "views.open": (),
    "views.update": (),
    "views.push": (),
    "views.publish": (),
    "auth.test": (),
    "oauth.v2.access": (),  # by the app's client id and secret
    "apps.connections.open": (),  # by the app-level token, whose connections:write the manifest cannot grant
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.getPermalink": (),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.delete": ("files:write",),
    "files.info": ("files:read",),
    "users.info": ("users:read",),
    "usergroups.users.list": ("usergroups:read",),
    "conversations.open": ("im:write",),
    "conversations.info": READ_ANY,
    "conversations.members": READ_ANY,
    "conversations.join": ("channels:join",),
    "conversations.history": HISTORY_OF_ANY,
    "conversations.replies": HISTORY_OF_ANY,
    "functions.completeSuccess": (),
    "functions.completeError": (),
}
# How many dots the names of a family's methods have, where it is not one.
NAMESPACES = {"usergroups": 2, "apps": 2, "oauth": 2}
EVENTS = {"app_home_opened", "app_uninstalled", "tokens_revoked", "function_executed"}


@pytest.fixture
def manifest() -> Json:
    """The manifest as it stands in the repository."""
    loaded: Json = yaml.safe_load((HOME / "manifest.yml").read_text("utf-8"))
    return loaded


def schema_errors(manifest: Json) -> list[str]:
    """What Slack's schema says against a manifest."""
    return [f"{error.json_path}: {error.message}" for error in Draft7Validator(SCHEMA).iter_errors(manifest)]


def beyond_schema(manifest: Json) -> list[str]:
    """What Slack refuses or misreads although its schema lets it through."""
    settings, features = manifest["settings"], manifest.get("features", {})
    return [
        *_version_problems(manifest),
        *([] if settings.get("socket_mode_enabled") else _missing_addresses(settings, features)),
        *_function_problems(manifest),
        *_event_problems(settings),
        *(f"callback_id {s['callback_id']}" for s in features.get("shortcuts", []) if not _is_snake(s["callback_id"])),
    ]


def _version_problems(manifest: Json) -> list[str]:
    """Without major_version 2 Slack reads a manifest as version 1."""
    return [] if manifest.get("_metadata", {}).get("major_version") == 2 else ["_metadata.major_version"]


def _missing_addresses(settings: Json, features: Json) -> Iterator[str]:
    interactivity = settings.get("interactivity", {})
    wanted = {
        "interactivity.request_url": interactivity.get("request_url"),
        "interactivity.message_menu_options_url": interactivity.get("message_menu_options_url"),
        **{f"slash_commands.{c['command']}.url": c.get("url") for c in features.get("slash_commands", [])},
    }
    if settings.get("event_subscriptions", {}).get("bot_events"):
        wanted["event_subscriptions.request_url"] = settings["event_subscriptions"].get("request_url")
    yield from (name for name, url in wanted.items() if not str(url or "").endswith("/slack/events"))


def _function_problems(manifest: Json) -> Iterator[str]:
    functions, settings = manifest.get("functions", {}), manifest["settings"]
    if functions and settings.get("function_runtime") != "remote":
        yield "settings.function_runtime"
    if functions and not settings.get("org_deploy_enabled"):
        yield "settings.org_deploy_enabled"
    for name, function in functions.items():
        yield from ([] if _is_snake(name) else [f"functions.{name}"])
        for kind in ("input_parameters", "output_parameters"):
            parameters = function.get(kind, {})
            unknown = set(parameters.get("required", [])) - set(parameters.get("properties", {}))
            yield from (f"functions.{name}.{kind}.required.{parameter}" for parameter in sorted(unknown))


def _event_problems(settings: Json) -> list[str]:
    events = settings.get("event_subscriptions", {}).get("bot_events", [])
    return [f"event {event}" for event in events if event not in EVENTS]


def _is_snake(callback_id: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]{0,99}", callback_id) is not None


def called_methods(root: Path) -> set[str]:
    """The Web API methods that the sources call, by the SDK's names for them."""
    names = {
        node.func.attr
        for path in root.rglob("*.py")
        if "demo" not in path.relative_to(root).parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    names.discard("api_call")  # the one way that all of them take
    called = {name for name in names if "_" in name.strip("_") and hasattr(AsyncWebClient, name)}
    called.discard("api_call")  # any of them
    return {name.replace("_", ".", NAMESPACES.get(name.split("_")[0], 1)) for name in called}


def test_the_manifest_is_valid_under_slacks_schema(manifest: Json) -> None:
    """Slack's own schema has nothing against the manifest."""
    assert schema_errors(manifest) == []


def test_the_schema_does_refuse(manifest: Json) -> None:
    """A field that Slack does not know and a text that is too short are found."""
    manifest["settings"]["socket_mode"] = True
    manifest["display_information"]["long_description"] = "Too short."
    assert [error.split(":")[0] for error in schema_errors(manifest)] == [
        "$.display_information.long_description",
        "$.settings",
    ]


def test_the_manifest_holds_what_the_schema_does_not_check(manifest: Json) -> None:
    """Version, addresses, functions and events are as Slack wants them."""
    assert beyond_schema(manifest) == []


def test_without_socket_mode_every_address_is_missed(manifest: Json) -> None:
    """Turning Socket Mode off alone leaves Slack with nowhere to call."""
    manifest["settings"]["socket_mode_enabled"] = False
    assert beyond_schema(manifest) == [
        "interactivity.request_url",
        "interactivity.message_menu_options_url",
        "slash_commands./avatar.url",
        "event_subscriptions.request_url",
    ]


def test_other_faults_beyond_the_schema_are_found(manifest: Json) -> None:
    """A missing version, a made-up event and a step without its surroundings are each named."""
    del manifest["_metadata"]
    manifest["settings"] = {"socket_mode_enabled": True, "event_subscriptions": {"bot_events": ["app_home_open"]}}
    manifest["features"]["shortcuts"] = [{"callback_id": "Avatar"}]
    manifest["functions"] = {"makeIt": {"input_parameters": {"properties": {}, "required": ["script"]}}}
    assert beyond_schema(manifest) == [
        "_metadata.major_version",
        "settings.function_runtime",
        "settings.org_deploy_enabled",
        "functions.makeIt",
        "functions.makeIt.input_parameters.required.script",
        "event app_home_open",
        "callback_id Avatar",
    ]


def test_every_called_method_has_its_scopes_known() -> None:
    """The table of scopes covers each Web API method in the sources; some were found at all."""
    called = called_methods(HOME / "bot")
    assert {"views.open", "chat.postMessage", "files.getUploadURLExternal"} <= called
    assert called - set(SCOPES) == set()


def test_a_call_in_the_sources_is_found(tmp_path: Path) -> None:
    """A method is found on any receiver, awaited or in a lambda; the simulators' own do not count."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "slack.py").write_text("client.users_list()", "utf-8")
    (tmp_path / "a.py").write_text("f(lambda: self._x.reactions_add(name='x'))\nself._files_info()", "utf-8")
    assert called_methods(tmp_path) == {"reactions.add"}


def test_the_scopes_are_those_of_the_calls(manifest: Json) -> None:
    """Each scope is needed by a call or by the command, and none is missing."""
    needed = {scope for method in called_methods(HOME / "bot") for scope in SCOPES[method]}
    granted = manifest["oauth_config"]["scopes"]["bot"]
    assert set(granted) == needed | {"commands"}
    assert len(granted) == len(set(granted))


def test_each_scope_has_its_reason(manifest: Json) -> None:
    """What the operator is told of the scopes covers exactly those that the app asks for."""
    assert manifest["oauth_config"]["scopes"]["bot"] == list(BOT_SCOPES)


def test_the_command_is_the_one_that_the_bot_answers(manifest: Json) -> None:
    """One slash command, as typed: its words come unescaped but for the three entities."""
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == ids.COMMAND
    assert command["should_escape"] is False


def test_the_form_can_be_used(manifest: Json) -> None:
    """Interactivity is on: without it no form is ever submitted."""
    assert manifest["settings"]["interactivity"]["is_enabled"] is True


def test_shortcuts_and_step_are_those_that_the_bot_answers(manifest: Json) -> None:
    """Each shortcut and the step of Workflow Builder bear the ids by which the bot listens."""
    kinds = {shortcut["callback_id"]: shortcut["type"] for shortcut in manifest["features"]["shortcuts"]}
    assert kinds == {ids.GLOBAL_SHORTCUT: "global", ids.MESSAGE_SHORTCUT: "message"}
    assert set(manifest["functions"]) == {ids.STEP}
