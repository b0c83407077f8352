"""Avatars as the options that the type-ahead offers."""

from __future__ import annotations

from itertools import product

import pytest

from bot.accounts.models import AvatarModel
from bot.slack.form.fields.avatar_options import avatar_options, full_name, name_for
from tests.slack.form.samples import AMY, NAMES
from tests.slack.oracle import LOCALES, accept_options


def model(number: int, *, name: str = "Amy", model_id: str = "") -> AvatarModel:
    """A listed model."""
    return AvatarModel(id=model_id or f"m-{number:03}", label_en=name, label_ko=f"{name} 한글")


def test_a_hundred_models_are_a_hundred_options() -> None:
    """Slack accepts the longest list with any names; a pasted id does not make it longer."""
    for locale, (kind, name) in product(LOCALES, NAMES.items()):
        models = [model(number, name=name) for number in range(100)]
        assert len(accept_options(avatar_options(locale, "", models))) == 100, (locale, kind)
        assert len(accept_options(avatar_options(locale, "f" * 24, models))) == 100, (locale, kind)


def test_ids_that_no_option_can_hold_are_left_out() -> None:
    """A value has 150 characters at most: a longer one is neither listed nor offered."""
    models = [model(1, model_id="i" * 151), model(2, model_id="i" * 150)]
    assert [option["value"] for option in accept_options(avatar_options("en", "", models))] == ["i" * 150]
    assert avatar_options("en", "i" * 151, []) == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("typed", ["67da28f034b05ae2e4385a2b", " 67da28f034b05ae2e4385a2b\n", "custom_01", "i" * 150])
def test_a_pasted_id_is_offered_as_itself(locale: str, typed: str) -> None:
    """An id that is in no list can still be chosen; its value is the id alone."""
    (offered,) = accept_options(avatar_options(locale, typed, []))
    assert offered["value"] == typed.strip()


def test_a_listed_id_is_not_offered_twice() -> None:
    """An id that the list has is there under its name only."""
    listed = model(1, model_id=AMY.id)
    assert [option["value"] for option in avatar_options("en", AMY.id, [listed])] == [AMY.id]


def test_a_vendor_id_is_offered_beside_what_was_found() -> None:
    """24 hexadecimal digits are an id, also when a name has them in it."""
    found = model(1, name="67da28f034b05ae2e4385a2b's copy")
    values = [option["value"] for option in avatar_options("en", "67da28f034b05ae2e4385a2b", [found])]
    assert values == ["m-001", "67da28f034b05ae2e4385a2b"]


@pytest.mark.parametrize("typed", ["", "two words", "abc", "<!here>"])
def test_other_words_are_no_ids(typed: str) -> None:
    """What cannot be an id is not offered as one."""
    assert avatar_options("en", typed, []) == []


def test_names_are_in_the_readers_language() -> None:
    """The reader's own name first, the other one behind it where it differs."""
    amy = AvatarModel(id="1", label_en="Amy", label_ko="에이미")
    assert (name_for("ko-KR", amy), name_for("en-US", amy)) == ("에이미", "Amy")
    assert (full_name("ko", amy), full_name("en", amy)) == ("에이미 · Amy", "Amy · 에이미")
    assert full_name("ko", AvatarModel(id="1", label_en="Ben", label_ko="Ben")) == "Ben"
