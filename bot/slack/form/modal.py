"""The form."""

from bot.i18n import t
from bot.slack import form, ids
from bot.slack.blocks import Block, plain


def modal(locale: str, given: form.Prefill, around: form.Help | None = None) -> Block:
    """`around`: the help that it shows; without any it is the form as it opens."""
    submit = t(locale, "form.submit_anyway") if given.asked else t(locale, "form.submit")
    return {
        "type": "modal",
        "callback_id": ids.FORM,
        "title": plain(t(locale, "form.title")),
        "submit": plain(submit),
        "close": plain(t(locale, "form.close")),
        "private_metadata": form.Memory.of(given).written(),
        "blocks": form.blocks(locale, given, around or form.Help(opening=True)),
    }
