"""The form."""

from bot.i18n import t
from bot.slack import form, ids
from bot.slack.views.blocks import Block, plain


def modal(locale: str, given: form.Prefill) -> Block:
    return {
        "type": "modal",
        "callback_id": ids.FORM,
        "title": plain(t(locale, "form.title")),
        "submit": plain(t(locale, "form.submit")),
        "close": plain(t(locale, "form.close")),
        "blocks": form.blocks(locale, given),
    }
