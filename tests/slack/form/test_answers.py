"""The form's answers as they come back, and what is wrong with them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.accounts.models import VendorWorkspace
from bot.exports.models import Avatar, RequestOptions
from bot.i18n import rough_length, t
from bot.scripts.writing_systems import WritingSystem
from bot.slack import ids
from bot.slack.form import metadata
from bot.slack.form.answers import open_question, problems, read, refilled
from bot.slack.form.fields import FIELDS
from bot.slack.form.language_question import LanguageQuestion
from bot.slack.form.state import DEFAULTS, UNCHOSEN_AVATAR, FormState
from tests.slack.form.samples import (
    AMY,
    EVERYTHING,
    FULL,
    HANGUL_TEXT,
    WORKSPACES,
    Json,
    answered,
    question_of,
    showing,
    untouched,
    with_workspaces,
)
from tests.slack.oracle import HOSTILE, LOCALES, accept_form


def test_every_option_has_one_field() -> None:
    """Whatever a request may hold can be chosen in the form, in one place, and is chosen in the samples."""
    assert sorted(field.option for field in FIELDS if field.option) == sorted(RequestOptions.model_fields)
    assert len({field.block_id for field in FIELDS}) == len(FIELDS)
    assert not [name for name, chosen in EVERYTHING.options if chosen == getattr(DEFAULTS, name)]


@pytest.mark.parametrize("action", ["", "some_other_action", "x" * 255])
def test_answers_are_read_as_they_were_given(action: str) -> None:
    """Every field comes back, the script byte for byte, whatever the action id."""
    answers = read(answered(action=action, **FULL))
    assert answers == showing(avatar=AMY, language="ko", script=" Hi\r\n<@U1> ", channel_id="C0GENERAL")
    assert problems("en", answers) == {}


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"state": {}},
        {"state": None},
        {"state": {"values": {}}},
        {"state": {"values": None}},
        {"state": {"values": dict.fromkeys(FULL)}},
        {"state": {"values": {block: {} for block in FULL}}},
        {"state": {"values": {block: {block: None} for block in FULL}}},
        {"state": {"values": {"another": {"another": {"value": "x"}}}}},
        answered(
            model={"selected_option": None},
            language={"selected_option": None},
            script={"value": None},
            place={"selected_conversation": None},
        ),
        answered(model={"selected_option": {}}, language={}, script={}, place={}),
    ],
)
def test_missing_answers_are_read_as_nothing(view: Json) -> None:
    """What Slack leaves out or sends as null was not answered."""
    assert read(view) == FormState()


def test_an_option_without_words_is_named_by_its_value() -> None:
    """An avatar always has a name."""
    answers = read(answered(model={"selected_option": {"value": "m-1"}}))
    assert answers.options.avatar == Avatar(id="m-1", name="m-1")


def test_half_a_character_is_left_out() -> None:
    """JSON may hold half of an emoji, which no store takes."""
    assert read(answered(script={"value": "Hi \ud83d!"})).options.script == "Hi !"


def test_a_file_is_known_by_its_id() -> None:
    """A script in a file is no part of the options until the file is read."""
    values = FULL | {"script": {"value": None}, "script_file": {"files": [{"id": "F1"}]}}
    answers = read(answered(action="", **values))
    assert (answers.file_id, answers.options.script) == ("F1", "")
    assert problems("en", answers) == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_missing_answer_is_said_beside_its_field(locale: str) -> None:
    """An empty form has a problem at each of its fields, and no field says the same as another."""
    found = problems(locale, FormState())
    assert set(found) == {ids.MODEL, ids.LANGUAGE, ids.SCRIPT, ids.PLACE}
    assert len(set(found.values())) == 4


def answers(**changes: Any) -> FormState:
    """Answers without problems, but for these changes."""
    return showing(**{"avatar": AMY, "language": "ko", "script": "Hi", "channel_id": "C1", **changes})


@pytest.mark.parametrize(
    ("changes", "block"),
    [
        ({"avatar": UNCHOSEN_AVATAR}, "model"),
        ({"language": ""}, "language"),
        ({"language": "xx"}, "language"),
        ({"channel_id": ""}, "place"),
        ({"script": ""}, "script"),
        ({"script": " \t\r\n\u3000\u00a0"}, "script"),
        ({"script": "x" * 3001}, "script"),
        ({"script": " " * 3001}, "script"),
    ],
)
def test_a_problem_is_said_at_its_own_field(changes: Json, block: str) -> None:
    """One wrong answer is one problem, at the block that shows it."""
    assert list(problems("en", answers(**changes))) == [block]


def test_a_script_and_a_file_are_one_too_many() -> None:
    """What is both written and uploaded is asked about at the file."""
    assert list(problems("en", replace(answers(), file_id="F1"))) == [ids.SCRIPT_FILE]


@pytest.mark.parametrize("locale", LOCALES)
def test_too_long_says_by_how_much(locale: str) -> None:
    """The length, the limit and the difference are there."""
    said = problems(locale, answers(script="x" * 3456))[ids.SCRIPT]
    assert all(number in said for number in ("3456", "3000", "456"))


@pytest.mark.parametrize("script", ["x" * 3000, "🎉" * 3000, ".", " x ", HOSTILE])
def test_what_can_be_said_is_no_problem(script: str) -> None:
    """A full script, an emoji or one sign are scripts."""
    assert problems("ko", answers(script=script)) == {}


@pytest.mark.parametrize("more_options", [True, False])
@pytest.mark.parametrize("workspaces", [WORKSPACES, []])
def test_a_changed_form_keeps_everything(more_options: bool, workspaces: list[VendorWorkspace]) -> None:
    """What stood in the form, shown or not, stands in it after a change."""
    state = replace(EVERYTHING.with_options(avatar=AMY), more_options=more_options, question=None)
    view = accept_form("en", state, with_workspaces(workspaces))
    assert refilled(untouched(view)) == state


def test_a_workspace_that_is_gone_is_not_kept() -> None:
    """Where the person sees that no workspace is chosen, none is."""
    view = accept_form("en", EVERYTHING.with_options(workspace_id="gone"), with_workspaces(WORKSPACES))
    assert read(untouched(view)).options.workspace_id is None


@pytest.mark.parametrize("more_options", [True, False])
def test_what_the_fields_show_is_not_kept_twice(more_options: bool) -> None:
    """Of the options private_metadata has only those of fields that may be hidden: a script might not fit."""
    state = replace(EVERYTHING.with_options(script="s" * 3000), more_options=more_options)
    kept = accept_form("en", state)["private_metadata"]
    assert set(json.loads(kept)["options"]) == {"resolution", "workspace_id", "is_export"}
    assert len(kept) < 1000


@pytest.mark.parametrize(
    "kept",
    [
        *("", "{", "null", "[]", '{"resolution": "9k"}', '{"options": {"resolution": "9k"}}', '{"options": 1}'),
        *('{"more_options": {}}', '{"options": {"new": 1}}', '{"new": 1}'),
    ],
)
def test_a_form_of_another_release_can_be_read(kept: str) -> None:
    """What this release cannot read of what a form kept is as if it had kept nothing."""
    read_form = read({**answered(action="", **FULL), "private_metadata": kept})
    options = read_form.options
    assert (options.resolution, options.workspace_id, options.is_export, read_form.origin) == ("1080", None, True, None)


@settings(deadline=None)
@given(kept=st.text(max_size=100))
def test_any_private_metadata_is_read(kept: str) -> None:
    """Nothing in private_metadata is an error."""
    assert isinstance(metadata.read({"private_metadata": kept}), metadata.Metadata)


def test_a_question_is_asked_once_about_the_same() -> None:
    """Hangul in English is asked about; once it was asked it goes through, and another script or language does not."""
    question = question_of(HANGUL_TEXT, "en")

    def asked_before(**changes: str) -> FormState:
        return replace(answers(**{"script": HANGUL_TEXT, "language": "en", **changes}), question=question)

    assert open_question(answers(script=HANGUL_TEXT, language="en")) == question
    assert open_question(asked_before()) is None
    assert open_question(asked_before(script=HANGUL_TEXT + "!")) is not None
    assert open_question(asked_before(language="fr-FR")) is not None
    assert open_question(answers(script=HANGUL_TEXT, language="ko")) is None


@pytest.mark.parametrize(("language", "stays"), [("en", True), ("de-DE", False), ("ko", False)])
def test_a_question_goes_with_what_it_is_about(language: str, stays: bool) -> None:
    """When the language changes, the old question is no longer there."""
    question = question_of(HANGUL_TEXT, "en")
    view = accept_form("en", replace(showing(script=HANGUL_TEXT, language="en"), question=question))
    view = untouched(view)
    view["state"]["values"]["language"] = {"language": {"selected_option": {"value": language}}}
    assert (refilled(view).question == question) is stays


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("writing", get_args(WritingSystem))
def test_the_question_names_writing_and_language(locale: str, writing: WritingSystem) -> None:
    """The question is in the reader's words, and the button says what it does."""
    question = LanguageQuestion(digest="0" * 64, writing=writing, language="ko", seconds=754)
    view = accept_form(locale, FormState(question=question))
    words = view["blocks"][0]["text"]["text"]
    assert t(locale, f"writing.{writing}") in words
    assert t(locale, "language.ko") in words
    assert rough_length(locale, 754) in words
    assert view["submit"]["text"] == t(locale, "form.submit_anyway")
