"""The words that people read, by their Slack locale."""

from bot.i18n.catalogue import LOCALES, catalogue, t
from bot.i18n.lengths import length, rough_length

__all__ = ["LOCALES", "catalogue", "length", "rough_length", "t"]
