"""A Slack message as words that one would speak."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.shortcuts.spoken import mentioned_users, spoken

NAMES = {"U123": "Ana", "W456": "Bob *the* builder", "S1": "design", "C2": "random"}


def said(text: str) -> str:
    """What is spoken of a text among people of whom two are known."""
    return spoken(text, NAMES, someone="someone")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hi <@U123>!", "Hi Ana!"),
        ("Hi <@U123|ana.k>!", "Hi Ana!"),
        ("Hi <@U9|carl>!", "Hi carl!"),
        ("Hi <@U9>!", "Hi someone!"),
        ("Hi <@U9|>!", "Hi someone!"),
        ("Hi _<@W456>_!", "Hi Bob *the* builder!"),
        ("see <#C1|general>.", "see general."),
        ("see <#C2>.", "see random."),
        ("see <#C2|>.", "see random."),
        ("see <#C3>.", "see."),
        ("<!here> hello <!channel>, dear <!everyone|everyone>.", "hello, dear."),
        ("ask <!subteam^S9|@team>", "ask team"),
        ("ask <!subteam^S1>", "ask design"),
        ("ask <!subteam^S9>", "ask someone"),
        ("on <!date^1392734382^{date_short}|Feb 18>", "on Feb 18"),
        ("on <!date^1392734382^{time}^https://example.com/|10:30>", "on 10:30"),
    ],
)
def test_entities_are_named(text: str, words: str) -> None:
    """People, channels and groups are spoken by name, dates as they read, calls for attention not at all."""
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<https://example.com/a_b_c|the *docs*>", "the docs"),
        ("<https://www.example.com/path?q=1#top>", "example.com"),
        ("<http://example.com:8080>", "example.com"),
        ("<https://example.com|https://example.com/long/path>", "example.com"),
        ("<http://example.com|example.com>", "example.com"),
        ("<mailto:a@b.c|a@b.c>", "a@b.c"),
        ("<mailto:a@b.c?subject=x>", "a@b.c"),
        ("<tel:+8225550100>", "+8225550100"),
        ("<https://[bad>", "[bad"),
    ],
)
def test_links_are_their_words(text: str, words: str) -> None:
    """A link is its label, a bare address the site's name."""
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*bold* _italic_ ~gone~ `code`", "bold italic gone code"),
        ("*_a_* _*b*_ ~*_c_*~ _~*d*~_", "a b c d"),
        ("_my snake_case word_", "my snake_case word"),
        ("*아바타*가 말합니다", "아바타가 말합니다"),
        ("2*3*4 snake_case_name 파일_이름_정리", "2*3*4 snake_case_name 파일_이름_정리"),
        ("a * b * c, 5 ~ 6 ~ 7", "a * b * c, 5 ~ 6 ~ 7"),
        ("`*a* :tada:` and ```\n_b_\n```", "*a* :tada: and\n_b_"),
        ("&gt; quoted\n&gt;&gt;&gt; more\n&gt; • one", "quoted\nmore\none"),
        ("• one\n◦ two\n- three\n1. four", "one\ntwo\nthree\n1. four"),
        ("-5 degrees", "-5 degrees"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2, &amp;lt;", "1 < 2 && 3 > 2, &lt;"),
    ],
)
def test_formatting_is_plain_words(text: str, words: str) -> None:
    """Marks are gone where Slack takes them for formatting, and stay where they are part of the words."""
    assert said(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (":tada: We did it :tada:!", "We did it!"),
        ("yes :+1::skin-tone-2: indeed", "yes indeed"),
        ("full marks :100:", "full marks"),
        ("Great job:tada:", "Great job"),
        ("축하 :축하: 합니다", "축하 합니다"),
        ("at 10:30:45, or 10:30: go", "at 10:30:45, or 10:30: go"),
        ("a:b:c std::vector::iterator", "a:b:c std::vector::iterator"),
        ("좋아요👍🏽고마워요 👩‍💻 🎉!", "좋아요 고마워요!"),
        ("🇰🇷 from Korea ❤️", "from Korea"),
        ("first\n:one:\n🎉\n\n\nlast", "first\n\nlast"),
    ],
)
def test_emoji_are_not_read_aloud(text: str, words: str) -> None:
    """Emoji leave no gap, and what only has colons is no emoji."""
    assert said(text) == words


def test_mentioned_users_are_listed_once() -> None:
    """The users whose names are needed, in their order."""
    assert mentioned_users("<@U2> <@W1|bob> <@U2|x> <#C1> <!here> &lt;@U3&gt;") == ["U2", "W1"]


ENTITIES = ("<@U123>", "<@", "<#C1|", "<!here>", "<", ">", "&lt;", "&gt;", "&amp;", "@", "!", "#", "|", "<https://[")
MARKS = ("*", "_", "~", "`", "```", ":tada:", ":", "🎉", "👍🏽", "•", "\ufe0f", "\u200d", "\ue000", "\ue001")
PIECES = st.sampled_from((*ENTITIES, *MARKS, "\n", " ", "a", "가", "1"))
MARKUP = st.lists(PIECES, max_size=40).map("".join) | st.text()


@settings(deadline=None)
@given(text=MARKUP)
def test_no_entity_is_left(text: str) -> None:
    """Whatever comes in, what comes out mentions nobody and leaves no place-holder."""
    assert not re.search("<[@#!]|[\ue000\ue001]", said(text))


@settings(deadline=None)
@given(words=st.lists(st.from_regex(r"\A[a-zA-Z가-힣ぁ-ん,.!?0-9 ]+\Z"), max_size=5))
def test_plain_words_stay(words: list[str]) -> None:
    """Text without marks is spoken as it stands, line by line."""
    lines = [line.strip() for line in words if line.strip()]
    text = "\n".join(lines)
    assert said(text) == text == said(said(text))
