"""The catalogues: equal in both languages, complete, and without a word that nobody says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import bot
from bot.exports.limits import LimitReason
from bot.exports.models import Resolution
from bot.exports.states import FAILURES, STAGES, FailureReason, FormButton, LinkReason, Stage, State
from bot.i18n import LOCALES, catalogue, t
from bot.scripts.accepted_files import Reason
from bot.scripts.languages import LANGUAGES
from bot.scripts.writing_systems import WritingSystem

ROOT = Path(bot.__file__).parent
SOURCES = [path for path in ROOT.rglob("*.py") if "demo" not in path.relative_to(ROOT).parts]
HANGUL = re.compile(r"[가-힣]")
# Korean particles belong to the word before them. The first never stand by themselves; the others are other words as
# well, and are particles behind Latin letters, digits and placeholders.
ALWAYS = "은|는|을|를|에|에서|에게|께|께서|와|으로|까지|부터|처럼|예요|이에요"
OFTEN = "이|가|로|과|의|도|만|이나|라고|이라고|인데"
LONE_PARTICLE = re.compile(rf"\S (?:{ALWAYS})(?![가-힣])|[A-Za-z0-9}}*>’”] (?:{OFTEN})(?![가-힣])")
SECTIONS = {key.split(".")[0] for key in catalogue("en")}

# What the end of a key may be where it is put together.
ENDINGS: dict[str, tuple[str, ...]] = {
    "button.": get_args(FormButton),
    "announce.": tuple({record.announcement for record in STAGES.values()}),
    "notification.": ("ready", "linked", "drafted", "failed", "declined"),
    "resolution.": tuple(size for size in get_args(Resolution) if size != "1080"),
    "limit.": get_args(LimitReason),
    "install.": tuple(page + part for page in ("done", "denied", "stale", "failed") for part in ("", "_title")),
    "step.": (*(reason for reason, record in FAILURES.items() if record.step_words), "stopped", "left"),
    "status.": get_args(Stage),
    "link_reason.": get_args(LinkReason),
    "failure.": get_args(FailureReason),
    "language.": LANGUAGES,
    "file_problem.": (*get_args(Reason), "reading", "not_fetched"),
    "writing.": get_args(WritingSystem),
    "video.": get_args(State),
}


def placeholders(words: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def broken_rules(words: str) -> list[str]:
    """What breaks the rules of Korean that a machine can see."""
    return [*LONE_PARTICLE.findall(words), *re.findall("슬랙", words)]


def nodes() -> Iterator[ast.AST]:
    """Every piece of the sources outside of the demo."""
    for path in SOURCES:
        yield from ast.walk(ast.parse(path.read_text("utf-8")))


def literal_keys() -> set[str]:
    """Keys that stand in the sources whole."""
    key = re.compile(rf"({'|'.join(SECTIONS)})\.[A-Za-z_-]+")
    return {
        node.value
        for node in nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and key.fullmatch(node.value)
    }


def key_beginnings() -> set[str]:
    """The fixed beginnings of keys that are put together, such as `status.`."""
    joined = (node.values[0] for node in nodes() if isinstance(node, ast.JoinedStr) and len(node.values) == 2)
    texts = (part.value for part in joined if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return {text for text in texts if re.fullmatch(rf"({'|'.join(SECTIONS)})\.", text)}


def used_keys() -> set[str]:
    """Every key that the sources can ask for."""
    return literal_keys() | {beginning + end for beginning in key_beginnings() for end in ENDINGS[beginning]}


def calls_by_literal_key() -> Iterable[tuple[str, set[str]]]:
    """Each `t(locale, "a.key", …)` with the names of the values that it gives."""
    for node in nodes():
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t"):
            continue
        key = node.args[1]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, {keyword.arg or "" for keyword in node.keywords}


def test_the_languages_have_equal_keys() -> None:
    """What can be said in English can be said in Korean, and the other way round."""
    assert set(catalogue("en")) == set(catalogue("ko"))


def test_the_languages_have_equal_placeholders() -> None:
    """Both languages say the same facts."""
    english, korean = catalogue("en"), catalogue("ko")
    assert [key for key in english if placeholders(english[key]) != placeholders(korean[key])] == []


def test_every_beginning_of_a_key_is_known() -> None:
    """Keys are put together only where all their endings are listed above."""
    assert key_beginnings() == set(ENDINGS)


def test_every_key_that_is_asked_for_exists() -> None:
    """Nothing is said that no catalogue has."""
    assert used_keys() - set(catalogue("en")) == set()


def test_every_key_is_asked_for() -> None:
    """No words are left over from an earlier wording."""
    assert set(catalogue("en")) - used_keys() == set()


def test_calls_give_the_values_that_the_words_have() -> None:
    """Where a key stands in the call, its placeholders are given, and nothing is given in vain."""
    calls = list(calls_by_literal_key())
    assert len(calls) > 20
    assert [key for key, given in calls if given != placeholders(catalogue("en")[key])] == []


def test_each_language_is_itself() -> None:
    """No message was left in English, and none is Korean among the English ones."""
    assert [key for key, words in catalogue("ko").items() if not HANGUL.search(words)] == []
    assert [key for key, words in catalogue("en").items() if HANGUL.search(words)] == []


def test_words_are_tidy() -> None:
    """No message is empty, begins or ends with a space, or has one twice."""
    everything = [(locale, key, words) for locale in LOCALES for key, words in catalogue(locale).items()]
    assert [(locale, key) for locale, key, words in everything if not words or words != " ".join(words.split())] == []


def test_korean_keeps_its_rules() -> None:
    """Particles stand without a space behind what they belong to, and Slack is written as Slack writes itself."""
    assert {key: words for key, words in catalogue("ko").items() if broken_rules(words)} == {}


def test_the_rules_of_korean_are_noticed() -> None:
    """What breaks them is found, and what only looks like a particle is let be."""
    broken = (
        "{name} 을",
        "Slack 에 올려요",
        "*{title}* 이",
        "“대본” 은",
        "{n}개 를",
        "/avatar 를 입력",
        "Avatar Bot 이",
        "슬랙",
    )
    kept = (
        "{name}을",
        "Slack에 올려요",
        "<@{user}> 님이",
        "{length} 동안",
        "Studios 이용",
        "Slack 도움말",
        "고른 이 파일",
    )
    assert [words for words in broken if not broken_rules(words)] == []
    assert [words for words in kept if broken_rules(words)] == []


def test_a_locale_counts_as_its_language() -> None:
    """Korean for Korean locales, English for everybody else."""
    said = {
        locale: t(locale, "form.close") for locale in ("en", "en-US", "fr-FR", "kok-IN", "", "ko", "ko-KR", "KO-kr")
    }
    assert {locale for locale, words in said.items() if words == "취소"} == {"ko", "ko-KR", "KO-kr"}
    assert set(said.values()) == {"취소", "Cancel"}


def test_values_are_said_as_they_are() -> None:
    """Braces in a value are not placeholders."""
    hostile = "{n} {} {0.__class__}"
    assert [locale for locale in LOCALES if hostile not in t(locale, "failure.vendor_said", detail=hostile)] == []


def test_an_unknown_key_is_a_fault() -> None:
    """A missing word is not papered over."""
    with pytest.raises(KeyError):
        t("en", "form.nothing")
