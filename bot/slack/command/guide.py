"""The answer to `/avatar help`."""

from bot.i18n import t
from bot.slack.blocks import Block, Message, section


def guide(locale: str) -> Message:
    """What the app does, where to start a video, what it costs, and who sets its limits."""
    about = t(locale, "help.about")
    blocks = [
        section(about),
        _ways(locale),
        section(f"*{t(locale, 'help.credits')}*\n{t(locale, 'help.credits_words')}"),
        section(f"*{t(locale, 'help.limits')}*\n{t(locale, 'help.limits_words')}"),
    ]
    return Message(about, blocks)


def _ways(locale: str) -> Block:
    ways = (
        t(locale, "help.by_command"),
        t(locale, "help.by_shortcut"),
        t(locale, "help.by_message"),
        t(locale, "help.by_home"),
        t(locale, "help.by_step"),
        t(locale, "help.by_list"),
    )
    return section("\n• ".join([f"*{t(locale, 'help.ways')}*", *ways]))
