"""The form from top to bottom."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.aistudios.models import Workspace
from bot.i18n import rough_length, t
from bot.scripts.speech import estimated_seconds, is_silent
from bot.slack import ids
from bot.slack.blocks import Block, plain, shortened
from bot.slack.form import fields
from bot.slack.form import more_options as options
from bot.slack.form.prefill import Asked, Prefill

# docs.slack.dev/reference/block-kit/blocks/image-block
LONGEST_ADDRESS = 3000
LONGEST_ALT_TEXT = 2000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Help:
    """What the form shows around its fields: the avatar's picture by its address, and the account's workspaces.

    `opening`: the form is new, so that the cursor may go where the person writes.
    """

    picture: str | None = None
    workspaces: Sequence[Workspace] = ()
    opening: bool = False


def blocks(locale: str, given: Prefill, around: Help) -> list[Block]:
    rarer = options.option_blocks(locale, given, around.workspaces) if given.options else []
    return [
        *([_question(locale, given.asked)] if given.asked else []),
        fields.model_block(locale, given),
        *_picture(given, around.picture),
        fields.language_block(locale, given),
        fields.script_block(locale, given, focused=around.opening),
        *_estimate(locale, given),
        fields.place_block(locale, given),
        *(rarer or [options.more_options_block(locale)]),
    ]


def picture_address(url: str | None) -> str | None:
    """The address, if Slack may be asked to show what is there."""
    try:
        parts = urlsplit(url or "")
        is_private = parts.scheme == "http" and parts.hostname in _LOOPBACK
    except ValueError:
        return None
    is_fitting = len(url or "") <= LONGEST_ADDRESS and bool(parts.hostname)
    return url if is_fitting and (parts.scheme == "https" or is_private) else None


def _question(locale: str, asked: Asked) -> Block:
    words = t(
        locale,
        "form.mismatch",
        writing=t(locale, f"writing.{asked.writing}"),
        language=t(locale, f"language.{asked.language}"),
        length=rough_length(locale, asked.seconds),
        submit=t(locale, "form.submit_anyway"),
    )
    return {"type": "section", "block_id": ids.MISMATCH, "text": plain(words)}


def _picture(given: Prefill, address: str | None) -> list[Block]:
    """Named, so that nobody takes one avatar's picture for another's that was chosen a moment ago."""
    if not (given.avatar and address):
        return []
    name = shortened(given.avatar.name, LONGEST_ALT_TEXT)
    return [
        {"type": "image", "block_id": ids.PICTURE, "image_url": address, "alt_text": name, "title": plain(name)},
    ]


def _estimate(locale: str, given: Prefill) -> list[Block]:
    if is_silent(given.script):
        return []
    length = rough_length(locale, estimated_seconds(given.script, given.language))
    words = plain(t(locale, "form.estimate", length=length))
    return [{"type": "context", "block_id": ids.ESTIMATE, "elements": [words]}]
