"""Lengths of time in words."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.i18n import LOCALES, length, rough_length

UNITS = {"h": 3600, "시간": 3600, "min": 60, "분": 60, "s": 1, "초": 1}
LENGTHS = {
    -3: ("1 s", "1초"),
    0: ("1 s", "1초"),
    0.4: ("1 s", "1초"),
    40: ("40 s", "40초"),
    59.4: ("59 s", "59초"),
    59.6: ("1 min", "1분"),
    60: ("1 min", "1분"),
    125: ("2 min 5 s", "2분 5초"),
    3600: ("60 min", "60분"),
    7200: ("2 h", "2시간"),
    10800: ("3 h", "3시간"),
}
ROUGH_LENGTHS = {
    0: "5 s",
    7: "5 s",
    8: "10 s",
    31: "30 s",
    53: "1 min",
    100: "2 min",
    3600: "60 min",
    7210: "2 h",
}
SECONDS = st.floats(min_value=0, max_value=150) | st.floats(min_value=0, max_value=604_800)


def seconds_in(words: str) -> int:
    """The seconds that the words say."""
    parts = re.findall(r"(\d+) ?(시간|분|초|min|h|s)\b", words)
    assert " ".join(f"{n}{unit}" for n, unit in parts) == re.sub(r"(\d) (?=[a-z])", r"\1", words)
    return sum(int(n) * UNITS[unit] for n, unit in parts)


def test_a_length_in_words() -> None:
    """Lengths are said the way people say them."""
    said = {seconds: (length("en-US", seconds), length("ko-KR", seconds)) for seconds in LENGTHS}
    assert said == LENGTHS


def test_a_rough_length_in_words() -> None:
    """An estimate is rounded to what it can know."""
    assert {seconds: rough_length("en", seconds) for seconds in ROUGH_LENGTHS} == ROUGH_LENGTHS


@settings(deadline=None)
@given(seconds=SECONDS, locale=st.sampled_from(LOCALES))
def test_a_length_is_right_to_the_second(seconds: float, locale: str) -> None:
    """The words say the length to the second, from two hours on to the minute, and never nothing."""
    assert abs(seconds_in(length(locale, seconds)) - max(1, round(seconds))) <= (0 if seconds < 7199 else 30)


@settings(deadline=None)
@given(seconds=SECONDS, locale=st.sampled_from(LOCALES))
def test_a_rough_length_is_near(seconds: float, locale: str) -> None:
    """The words are never nothing, and off by half of their step at the most."""
    said = seconds_in(rough_length(locale, seconds))
    assert said > 0
    assert abs(said - seconds) <= (5 if seconds < 20 else 7.5 if seconds < 90 else 30)


@settings(deadline=None)
@given(first=SECONDS, second=SECONDS, locale=st.sampled_from(LOCALES))
def test_longer_is_never_said_shorter(first: float, second: float, locale: str) -> None:
    """Both ways of saying a length keep the order."""
    shorter, longer = sorted((first, second))
    assert seconds_in(length(locale, shorter)) <= seconds_in(length(locale, longer))
    assert seconds_in(rough_length(locale, shorter)) <= seconds_in(rough_length(locale, longer))


def test_the_order_holds_where_the_steps_change() -> None:
    """A second before and a second after a change of steps are in order too."""
    said = {
        limit: [seconds_in(rough_length("en", limit + offset)) for offset in (-1.0, -0.1, 0.0, 0.1, 1.0, 2.0)]
        for limit in (20, 60, 90, 120, 3600, 7200)
    }
    assert {limit: lengths for limit, lengths in said.items() if lengths != sorted(lengths)} == {}


@settings(deadline=None)
@given(seconds=st.floats(allow_nan=False, allow_infinity=False), locale=st.text())
def test_no_length_and_no_locale_raises(seconds: float, locale: str) -> None:
    """Whatever was measured, there is something to say."""
    assert seconds_in(length(locale, seconds)) > 0
    assert seconds_in(rough_length(locale, seconds)) > 0
