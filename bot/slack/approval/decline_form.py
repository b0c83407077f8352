"""The form that asks for the reason when a request is declined."""

from bot.i18n import t
from bot.slack import ids
from bot.slack.blocks import Block, plain, section

LONGEST_REASON = 500


def decline_form(locale: str, export_id: str) -> Block:
    """The modal with one optional field, the reason. The requester reads it."""
    reason: Block = {
        "type": "plain_text_input",
        "action_id": ids.REASON,
        "multiline": True,
        "max_length": LONGEST_REASON,
        "focus_on_load": True,
    }
    field: Block = {
        "type": "input",
        "block_id": ids.REASON,
        "optional": True,
        "label": plain(t(locale, "decline.reason")),
        "hint": plain(t(locale, "decline.hint")),
        "element": reason,
    }
    return {
        **_modal(locale, [field]),
        "callback_id": ids.DECLINE_FORM,
        "private_metadata": export_id,
        "submit": plain(t(locale, "approval.decline")),
    }


def decided_already(locale: str, words: str) -> Block:
    """The modal that replaces the form when the request was decided meanwhile."""
    return _modal(locale, [section(words)])


def _modal(locale: str, blocks: list[Block]) -> Block:
    return {
        "type": "modal",
        "title": plain(t(locale, "decline.title")),
        "close": plain(t(locale, "decline.close")),
        "blocks": blocks,
    }
