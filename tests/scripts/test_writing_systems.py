"""What a script is written in."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scripts.languages import LANGUAGES
from bot.scripts.writing_systems import mismatch, well_formed

SENTENCES = {
    "latin": "Hello everyone, welcome to our weekly news.",
    "hangul": "안녕하세요 여러분, 이번 주 소식입니다.",
    "kana": "皆さん、こんにちは。今週のお知らせです。",
    "han": "大家好，这是本周的最新消息。",
    "cyrillic": "Всем привет, это новости недели.",
    "arabic": "مرحبا بكم جميعا في أخبار الأسبوع",
    "devanagari": "नमस्ते दोस्तों, यह इस सप्ताह की खबर है।",
    "other": "สวัสดีทุกคน นี่คือข่าวประจำสัปดาห์",
}
FITTING = {"ko": "hangul", "ja": "kana", "zh": "han", "ru": "cyrillic", "ar": "arabic", "hi": "devanagari"}


def test_each_language_has_its_writing() -> None:
    """A sentence in a language's own writing fits; in any other, the other one is named."""
    cases = [(language, writing) for language in LANGUAGES for writing in SENTENCES]
    judged = {case: mismatch(SENTENCES[case[1]], case[0]) for case in cases}
    assert judged == {(language, writing): None if fits(language, writing) else writing for language, writing in cases}


def fits(language: str, writing: str) -> bool:
    """Whether the language is written so; Japanese may be written in Chinese characters alone."""
    return writing == FITTING.get(language.split("-")[0], "latin") or (language, writing) == ("ja", "han")


def test_foreign_words_within_are_no_mismatch() -> None:
    """Brand names and single foreign words do not make it another language."""
    scripts = [
        ("우리는 Kubernetes와 PostgreSQL, GitHub Actions를 씁니다.", "ko"),
        ("OpenAI ChatGPT Enterprise 출시 소식", "ko"),
        ("大韓民國의 역사를 이야기합니다.", "ko"),
        ("今日は Kubernetes と PostgreSQL の話です。", "ja"),
        ("東京都港区六本木", "ja"),
        ("カタカナとひらがな ｶﾀｶﾅー々", "ja"),
        ("我们使用 Kubernetes 和 PostgreSQL。", "zh"),
        ("大家好の本很好", "zh"),
        ("Мы используем GitHub Actions и Kubernetes.", "ru"),
        ("Today we learn that 안녕하세요 means hello.", "en"),
        ("Ｆｕｌｌｗｉｄｔｈ letters", "en"),
        ("Şimdi güzel bir gün, çok teşekkürler", "tr-TR"),
    ]
    assert [(script, language) for script, language in scripts if mismatch(script, language)] == []


def test_too_little_tells_nothing() -> None:
    """Digits, marks and a few letters fit every language."""
    scripts = ["", "123 456 7890", "?!… — 🎉🎉🎉🎉🎉🎉🎉🎉🎉", "OK", "안녕", "東京", "AI 2.0"]
    cases = [(script, language) for script in scripts for language in LANGUAGES]
    assert [(script, language) for script, language in cases if mismatch(script, language)] == []


def test_an_unknown_language_is_not_judged() -> None:
    """Of a language that is not in the table nothing is said."""
    assert mismatch(SENTENCES["hangul"], "xx-XX") is None


def test_korean_with_brand_names_is_no_english() -> None:
    """A few Latin words do not make a Korean script English."""
    assert mismatch("안녕하세요, 저는 AI 아바타 Anna 입니다. 만나서 반갑습니다.", "en") == "hangul"


@settings(deadline=None)
@given(script=st.text(), language=st.sampled_from(LANGUAGES))
def test_any_text_is_judged_the_same_in_each_form(script: str, language: str) -> None:
    """Composed and decomposed, as macOS types it, are one text."""
    decomposed = unicodedata.normalize("NFD", script)
    assert mismatch(decomposed, language) == mismatch(unicodedata.normalize("NFC", script), language)


@settings(deadline=None)
@given(times=st.integers(1, 20), language=st.sampled_from(LANGUAGES), writing=st.sampled_from(sorted(SENTENCES)))
def test_length_changes_nothing(times: int, language: str, writing: str) -> None:
    """Once there is enough text to decide, more of the same changes nothing."""
    assert mismatch(SENTENCES[writing] * times, language) == mismatch(SENTENCES[writing], language)


def test_halves_of_characters_are_left_out() -> None:
    """What cannot be written as UTF-8 goes, the rest stays; two halves are the character that they make."""
    kept = {
        "Hi \ud83d!": "Hi !",
        "\ude00Hi": "Hi",
        "\ud83d\ude00": "😀",
        "\ud83d\ud83d\ude00": "😀",
        "\ud83d": "",
        "안녕 😀": "안녕 😀",
    }
    assert [ascii(text) for text in kept if well_formed(text) != kept[text]] == []


@given(st.text())
def test_whole_characters_stay(text: str) -> None:
    """Whatever can be written as UTF-8 stays as it is."""
    assert well_formed(text) == text
