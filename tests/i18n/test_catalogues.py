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
from bot.exports.states import FAILURES, STAGES, FailureReason, LinkReason, Stage, State
from bot.i18n import LOCALES, catalogue, t
from bot.scripts.accepted_files import Reason
from bot.scripts.languages import LANGUAGES
from bot.scripts.writing_systems import WritingSystem

ROOT = Path(bot.__file__).parent
SOURCES = [path for path in ROOT.rglob("*.py") if "demo" not in path.relative_to(ROOT).parts]
HANGUL = re.compile(r"[가-힣]")
SECTIONS = {key.split(".")[0] for key in catalogue("en")}

# What the end of a key may be where it is put together; a failure's reply opens with its reason instead.
ENDINGS: dict[str, tuple[str, ...]] = {
    "announce.": tuple({record.announcement for record in STAGES.values()}),
    "notification.": ("ready", "linked", "drafted", "failed"),
    "resolution.": tuple(size for size in get_args(Resolution) if size != "1080"),
    "limit.": get_args(LimitReason),
    "install.": tuple(page + part for page in ("done", "denied", "stale", "failed") for part in ("", "_title")),
    "step.": (*(reason for reason, record in FAILURES.items() if record.step_words), "stopped", "left"),
    "status.": tuple(stage for stage in get_args(Stage) if stage != "failed"),
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


@pytest.mark.parametrize("key", sorted(catalogue("en")))
def test_the_languages_have_equal_placeholders(key: str) -> None:
    """Both languages say the same facts."""
    assert placeholders(catalogue("ko")[key]) == placeholders(catalogue("en")[key])


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


@pytest.mark.parametrize("key", sorted(catalogue("ko")))
def test_korean_is_korean(key: str) -> None:
    """No message was left in English."""
    assert HANGUL.search(catalogue("ko")[key])
    assert not HANGUL.search(catalogue("en")[key])


@pytest.mark.parametrize("locale", LOCALES)
def test_words_are_tidy(locale: str) -> None:
    """No message is empty, begins or ends with a space, or has one twice."""
    untidy = [key for key, words in catalogue(locale).items() if not words or words != " ".join(words.split())]
    assert untidy == []


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "Cancel"),
        ("en-US", "Cancel"),
        ("ko", "취소"),
        ("ko-KR", "취소"),
        ("KO-kr", "취소"),
        ("fr-FR", "Cancel"),
        ("kok-IN", "Cancel"),
        ("", "Cancel"),
    ],
)
def test_a_locale_counts_as_its_language(locale: str, words: str) -> None:
    """Korean for Korean locales, English for everybody else."""
    assert t(locale, "form.close") == words


@pytest.mark.parametrize("locale", LOCALES)
def test_values_are_said_as_they_are(locale: str) -> None:
    """Braces in a value are not placeholders."""
    assert "{n} {} {0.__class__}" in t(locale, "failure.vendor_said", detail="{n} {} {0.__class__}")


def test_an_unknown_key_is_a_fault() -> None:
    """A missing word is not papered over."""
    with pytest.raises(KeyError):
        t("en", "form.nothing")
