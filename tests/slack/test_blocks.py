"""Links that cannot be broken out of, and our own words, which hold no markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.i18n import LOCALES, catalogue
from bot.slack.blocks import Message, link, section
from tests.slack.oracle import live


@settings(deadline=None)
@given(rest=st.text(max_size=300))
def test_a_link_is_one_link(rest: str) -> None:
    """No character of an address ends its link early or starts anything else."""
    words = link(f"https://cdn.example.com/{rest}", "Download")
    assert words is not None
    (entity,) = live(Message("x", [section(words)]))
    assert words == f"{entity[:-1]}|Download>"
    assert re.fullmatch(r"<https://cdn\.example\.com/[!-;=?-{}~]*>", entity)


def test_an_address_that_is_encoded_already_stays() -> None:
    """A signed address would break if it were encoded twice."""
    signed = "https://cdn.example.com/v.mp4?sig=a%2Fb&x=1"
    assert link(signed, "Download") == "<https://cdn.example.com/v.mp4?sig=a%2Fb&amp;x=1|Download>"


@pytest.mark.parametrize("locale", LOCALES)
def test_our_own_words_hold_no_markup(locale: str) -> None:
    """No message of the catalogues is formatted by accident: they are all shown in mrkdwn."""
    filled = [re.sub(r"<@\{(user|by)\}>|\{\w+\}", "x", words) for words in catalogue(locale).values()]
    assert [words for words in filled if live(Message(words, [section(words)]))] == []
