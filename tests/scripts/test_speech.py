"""About how long a script takes to speak."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scripts.languages import LANGUAGES
from bot.scripts.speech import base_language, estimated_seconds, is_silent

LETTERS = st.text(alphabet=st.sampled_from("ab z'-.!?\n가나 ひら漢字。…🎉é_0"), max_size=60) | st.text(max_size=60)


@settings(deadline=None)
@given(before=LETTERS, added=LETTERS, language=st.sampled_from(("", *LANGUAGES)))
def test_more_text_never_takes_less_time(before: str, added: str, language: str) -> None:
    """Text added at the end does not shorten the speech; nothing is under one second."""
    assert 1 <= estimated_seconds(before, language) <= estimated_seconds(before + added, language) + 1e-9


def test_nothing_to_say_takes_a_second() -> None:
    """Without words there is still a second of video."""
    silent = ["", " \n\t", "🎉🎉🎉", "...", "—", "_"]
    estimates = {script: estimated_seconds(script) for script in silent}
    assert estimates == dict.fromkeys(silent, pytest.approx(1, abs=0.5))


def test_estimates_are_of_the_right_size() -> None:
    """A sentence of each kind of writing takes about as long as a person needs for it."""
    bounds = [
        ("Hello everybody, and welcome to our weekly update on the new release.", 3.5, 7),
        ("안녕하세요 여러분, 이번 주의 새로운 소식을 전해 드리겠습니다.", 4, 8),
        ("皆さん、こんにちは。今週の新しいお知らせをお届けします。", 4, 8),
        ("大家好，这是本周的最新消息。", 2, 5),
        ("It's a well-known twenty-one word sentence. " * 20, 40, 70),
    ]
    assert [script for script, least, most in bounds if not least <= estimated_seconds(script) <= most] == []


def test_a_word_is_one_word() -> None:
    """Apostrophes and hyphens inside of a word do not make it two."""
    assert estimated_seconds("don't " * 50) == estimated_seconds("dont " * 50)
    assert estimated_seconds("well-known " * 50) == estimated_seconds("wellknown " * 50)


def test_a_decomposed_word_takes_as_long() -> None:
    """The same text in another Unicode form, as macOS types it, is spoken the same."""
    scripts = [f"{word} " * 50 for word in ("hello", "안녕하세요", "がんばって", "नमस्ते", "café")]
    composed, decomposed = (
        [estimated_seconds(unicodedata.normalize(form, script)) for script in scripts] for form in ("NFC", "NFD")
    )
    assert composed == decomposed


def test_vowel_signs_are_no_words() -> None:
    """Hindi, which the form offers, writes vowels as marks within the word."""
    assert estimated_seconds("नमस्ते " * 50) == estimated_seconds("hello " * 50)


def test_sentences_need_breath() -> None:
    """Full stops and line breaks take time; three dots are one pause."""
    assert estimated_seconds("one two three. " * 9) > estimated_seconds("one two three " * 9)
    assert estimated_seconds("one two three... " * 9) == estimated_seconds("one two three. " * 9)


def test_each_language_has_its_pace() -> None:
    """What narrators of a language say in a minute is about a minute."""
    scripts = {
        "en": "word " * 150,
        "de-DE": "wort " * 120,
        "tr-TR": "kelime " * 108,
        "ja": "あ" * 300,
        "zh": "好" * 240,
        "ko": "가" * 270,
    }
    estimates = {language: estimated_seconds(script, language) for language, script in scripts.items()}
    assert estimates == dict.fromkeys(scripts, pytest.approx(60, rel=0.02))


def test_a_language_without_a_pace_has_the_average() -> None:
    """No language and an unknown one are the same; the country makes no difference."""
    assert estimated_seconds("some words " * 20, "xx-XX") == estimated_seconds("some words " * 20)
    assert estimated_seconds("some words " * 20, "es-MX") == estimated_seconds("some words " * 20, "es")
    assert base_language("es-ES") == "es"


def test_silence_has_nothing_to_see() -> None:
    """White space and marks without a shape are no script."""
    assert [is_silent(text) for text in ("", " \n\u200b\u00a0\x00", "a", ".")] == [True, True, False, False]
