"""Lengths of time in words."""

from bot.i18n.catalogue import t


def length(locale: str, seconds: float) -> str:
    """A length as people say it: `40 s`, `2 min`, `2 min 5 s`, `3 h`."""
    whole = max(1, round(seconds))
    if whole < 60:
        return t(locale, "time.seconds", n=whole)
    if whole >= 2 * 3600:
        hours, minutes = divmod(round(whole / 60), 60)
        return t(locale, "time.hours_minutes", h=hours, m=minutes) if minutes else t(locale, "time.hours", n=hours)
    minutes, rest = divmod(whole, 60)
    if rest == 0:
        return t(locale, "time.minutes", n=minutes)
    return t(locale, "time.minutes_seconds", m=minutes, s=rest)


def rough_length(locale: str, seconds: float) -> str:
    """A length that promises no more than an estimate knows: in steps of 5 s, 15 s or whole minutes."""
    for limit, grain in ((27.5, 5), (82.5, 15)):
        if seconds < limit:
            return length(locale, max(5, round(seconds / grain) * grain))
    return length(locale, max(90, round(seconds / 60) * 60))
