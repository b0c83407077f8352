"""`avatar-bot manifest`: prints the app's manifest, to paste at "Create app from manifest"."""

import io
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.settings import public_address

_HEADER = (
    "Create the app from this manifest: https://api.slack.com/apps → Create New App → From a manifest.\n"
    "Slack calls the bot at {address}."
)
_SAY_HOW = """\
Please say how Slack reaches the bot:

  avatar-bot manifest --url https://bot.example.com   at this address, which leads to the bot
  avatar-bot manifest --socket                        by Socket Mode, which needs no public address"""


def print_manifest(url: str | None, *, socket: bool) -> int:
    """Prints the manifest for this URL, or for Socket Mode. Returns the exit code."""
    if url is None and not socket:
        print(_SAY_HOW, file=sys.stderr)
        return 2
    try:
        text = manifest_source() if url is None else manifest_at(_reachable_address(url))
    except ValueError as wrong:
        print(f"--url {wrong}", file=sys.stderr)
        return 2
    print(text, end="")
    return 0


def manifest_source() -> str:
    """The text of manifest.yml, which is for Socket Mode.

    In a checkout the file is next to the package, in an installed package inside it.
    """
    package = Path(__file__).parents[1]
    path = next(path for path in (package / "manifest.yml", package.parent / "manifest.yml") if path.exists())
    return path.read_text(encoding="utf-8")


def manifest_at(address: str) -> str:
    """The manifest for a bot at this address, with the comments of manifest.yml.

    Without Socket Mode Slack needs a URL at each of these places (https://docs.slack.dev/reference/app-manifest).
    """
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 120
    yaml.preserve_quotes = True
    manifest: Any = yaml.load(manifest_source())
    manifest.yaml_set_start_comment(_HEADER.format(address=address))
    _fill_in(manifest, f"{address}/slack/events")
    manifest["oauth_config"].insert(0, "redirect_urls", [f"{address}/slack/oauth_redirect"])
    written = io.StringIO()
    yaml.dump(manifest, written)
    return written.getvalue()


def _fill_in(manifest: Any, events_url: str) -> None:
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"].insert(0, "request_url", events_url)
    settings["interactivity"]["request_url"] = events_url
    settings["interactivity"]["message_menu_options_url"] = events_url
    for command in manifest["features"]["slash_commands"]:
        command.insert(1, "url", events_url)


def _reachable_address(url: str) -> str:
    address = public_address(url)
    if not address.startswith("https://"):
        raise ValueError("must start with https://, because Slack calls the bot there")
    return address
