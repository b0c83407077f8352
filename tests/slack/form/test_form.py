"""The form at its extremes, and its answers as they come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.aistudios.models import Model, Workspace
from bot.exports.models import Avatar, ExportRequest, Origin, Requester
from bot.i18n import rough_length, t
from bot.scripts.languages import LANGUAGES
from bot.scripts.writing_systems import WritingSystem
from bot.slack import form, ids
from bot.slack.form import Answers, Asked, Help, Memory, Prefill, asked_about, picture_address, prefill, prefill_from
from bot.slack.form.avatar_options import avatar_options, full_name, name_for
from tests.slack.oracle import HOSTILE, LOCALES, accept_form, accept_options

Json = dict[str, Any]

AMY = Avatar(id="67da28f034b05ae2e4385a2b", name="Amy")
SCRIPTS = {
    "full": "word " * 600,
    "emoji": "🎉" * 3000,
    "family": "👨‍👩‍👧‍👦" * 428,
    "markup": "&<>" * 1000,
    "rtl": "مرحبا بالعالم " * 214,
    "korean": "가" * 3000,
    "lines": "\r\n" * 1500,
    "hostile": HOSTILE,
    "control": "\x00\x07\u200b\u202e" * 750,
}
NAMES = {
    "long": "n" * 300,
    "at the limit": "n" * 75,
    "one over": "n" * 76,
    "emoji": "🎉" * 200,
    "markup": "<&>" * 40,
    "mention": "<!here> <@U0ANA0001>",
    "korean": "아바타" * 60,
}


def elements(view: Json) -> dict[str, Json]:
    """The input element of each field."""
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", SCRIPTS)
def test_any_script_fits_into_the_form(locale: str, name: str) -> None:
    """Slack accepts the form with any prefilled script, which stands there as it was given."""
    view = accept_form(locale, Prefill(script=SCRIPTS[name], language="ko", avatar=AMY, channel_id="C0GENERAL"))
    assert elements(view)["script"]["initial_value"] == SCRIPTS[name]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_any_avatar_fits_into_the_form(locale: str, name: str) -> None:
    """Slack accepts the form with an avatar of any name; the chosen id is the avatar's."""
    view = accept_form(locale, Prefill(avatar=Avatar(id="a" * 150, name=NAMES[name])))
    assert elements(view)["model"]["initial_option"]["value"] == "a" * 150


@pytest.mark.parametrize("locale", LOCALES)
def test_an_empty_form(locale: str) -> None:
    """With nothing known in advance the form is accepted and preselects nothing, but for the place."""
    view = accept_form(locale, Prefill())
    fields = elements(view)
    assert not [key for element in fields.values() for key in element if key.startswith("initial")]
    assert fields["place"]["default_to_current_conversation"] is True


def test_the_fields_have_their_names() -> None:
    """Blocks and elements are those that others drive the form by."""
    fields = elements(accept_form("en", Prefill()))
    assert {block: element["type"] for block, element in fields.items()} == {
        "model": "external_select",
        "language": "static_select",
        "script": "plain_text_input",
        "place": "conversations_select",
    }
    assert fields["script"]["multiline"] is True
    assert all(element["action_id"] for element in fields.values())


@settings(deadline=None)
@given(
    script=st.text(max_size=3000),
    name=st.text(min_size=1, max_size=200),
    language=st.sampled_from([*LANGUAGES, "xx"]),
    locale=st.sampled_from(LOCALES),
    cut=st.booleans(),
)
def test_whatever_is_prefilled_is_accepted(script: str, name: str, language: str, locale: str, cut: bool) -> None:
    """No text, name or language makes Slack refuse the form."""
    avatar = Avatar(id="m-1", name=name)
    accept_form(locale, Prefill(script=script, language=language, avatar=avatar, channel_id="D0APPANA1", cut=cut))


def test_a_form_is_the_same_twice() -> None:
    """The same data makes the same form."""
    given = Prefill(script=HOSTILE, language="ko", avatar=AMY)
    assert accept_form("ko", given) == accept_form("ko", given)


def test_words_become_the_script() -> None:
    """What was typed behind the command stands in the script, as typed."""
    given = prefill(" a <b> & c ", locale="en-US", last_language=None, last_avatar=None, channel_id="C1")
    assert (given.script, given.cut, given.channel_id) == (" a <b> & c ", False, "C1")


@pytest.mark.parametrize("locale", LOCALES)
def test_too_many_words_are_cut_and_it_is_said(locale: str) -> None:
    """What does not fit is left out, and the hint says so."""
    given = prefill("x" * 3001, locale=locale, last_language=None, last_avatar=None, channel_id=None)
    view = accept_form(locale, given)
    script = next(block for block in view["blocks"] if block["block_id"] == "script")
    assert given.script == "x" * 3000
    assert script["hint"]["text"] == t(locale, "form.cut", limit=3000)


@pytest.mark.parametrize(
    ("last", "locale", "language"),
    [(None, "ko-KR", "ko"), ("ja", "ko-KR", "ja"), (None, "sv-SE", "en"), ("xx", "de-DE", "de-DE")],
)
def test_the_language_is_the_last_one_or_the_persons_own(last: str | None, locale: str, language: str) -> None:
    """What was used last comes first, unless it is offered no longer; then the locale's language."""
    given = prefill("", locale=locale, last_language=last, last_avatar=None, channel_id=None)
    assert given.language == language


def model(number: int, *, name: str = "Amy", model_id: str = "") -> Model:
    """A listed model."""
    return Model(id=model_id or f"m-{number:03}", label_en=name, label_ko=f"{name} 한글")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_models_are_a_hundred_options(locale: str, name: str) -> None:
    """Slack accepts the longest list with any names; a pasted id does not make it longer."""
    models = [model(number, name=NAMES[name]) for number in range(100)]
    assert len(accept_options(avatar_options(locale, "", models))) == 100
    assert len(accept_options(avatar_options(locale, "f" * 24, models))) == 100


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
    amy = Model(id="1", label_en="Amy", label_ko="에이미")
    assert (name_for("ko-KR", amy), name_for("en-US", amy)) == ("에이미", "Amy")
    assert (full_name("ko", amy), full_name("en", amy)) == ("에이미 · Amy", "Amy · 에이미")
    assert full_name("ko", Model(id="1", label_en="Ben", label_ko="Ben")) == "Ben"


def answered(*, action: str = "", **values: Json) -> Json:
    """A view with these answers by block."""
    return {"state": {"values": {block: {action or block: value} for block, value in values.items()}}}


FULL: dict[str, Json] = {
    "model": {"type": "external_select", "selected_option": {"text": {"text": "Amy"}, "value": AMY.id}},
    "language": {"type": "static_select", "selected_option": {"text": {"text": "Korean"}, "value": "ko"}},
    "script": {"type": "plain_text_input", "value": " Hi\r\n<@U1> "},
    "place": {"type": "conversations_select", "selected_conversation": "C0GENERAL"},
}


@pytest.mark.parametrize("action", ["", "some_other_action", "x" * 255])
def test_answers_are_read_as_they_were_given(action: str) -> None:
    """Every field comes back, the script byte for byte, whatever the action id."""
    read = form.read(answered(action=action, **FULL))
    assert read == Answers(avatar=AMY, language="ko", script=" Hi\r\n<@U1> ", channel_id="C0GENERAL")
    assert read.problems("en") == {}


NOTHING = Answers(avatar=None, language=None, script="", channel_id=None)


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
    assert form.read(view) == NOTHING


def test_an_option_without_words_is_named_by_its_value() -> None:
    """An avatar always has a name."""
    read = form.read(answered(model={"selected_option": {"value": "m-1"}}))
    assert read.avatar == Avatar(id="m-1", name="m-1")


@pytest.mark.parametrize("locale", LOCALES)
def test_every_missing_answer_is_said_beside_its_field(locale: str) -> None:
    """An empty form has a problem at each of its fields, and no field says the same as another."""
    problems = NOTHING.problems(locale)
    assert set(problems) == {ids.MODEL, ids.LANGUAGE, ids.SCRIPT, ids.PLACE}
    assert len(set(problems.values())) == 4


def answers(**changes: Any) -> Answers:
    """Answers without problems, but for these changes."""
    return Answers(**{"avatar": AMY, "language": "ko", "script": "Hi", "channel_id": "C1", **changes})


@pytest.mark.parametrize(
    ("changes", "block"),
    [
        ({"avatar": None}, "model"),
        ({"language": None}, "language"),
        ({"language": "xx"}, "language"),
        ({"channel_id": None}, "place"),
        ({"channel_id": ""}, "place"),
        ({"script": ""}, "script"),
        ({"script": " \t\r\n\u3000\u00a0"}, "script"),
        ({"script": "x" * 3001}, "script"),
        ({"script": " " * 3001}, "script"),
    ],
)
def test_a_problem_is_said_at_its_own_field(changes: Json, block: str) -> None:
    """One wrong answer is one problem, at the block that shows it."""
    assert list(answers(**changes).problems("en")) == [block]


@pytest.mark.parametrize("locale", LOCALES)
def test_too_long_says_by_how_much(locale: str) -> None:
    """The length, the limit and the difference are there."""
    said = answers(script="x" * 3456).problems(locale)[ids.SCRIPT]
    assert all(number in said for number in ("3456", "3000", "456"))


@pytest.mark.parametrize("script", ["x" * 3000, "🎉" * 3000, ".", " x ", HOSTILE])
def test_what_can_be_said_is_no_problem(script: str) -> None:
    """A full script, an emoji or one sign are scripts."""
    assert answers(script=script).problems("ko") == {}


WORKSPACES = [Workspace(id=f"w-{number}", name=name) for number, name in enumerate(NAMES.values())]
WIDE = Prefill(
    script=SCRIPTS["rtl"],
    language="en",
    avatar=Avatar(id="a" * 150, name=NAMES["long"]),
    channel_id="C0GENERAL",
    resolution="4k",
    workspace_id="w-2",
    is_draft=True,
    origin=Origin(channel_id="C" + "0" * 200, ts="1700000000.000100"),
    options=True,
    asked=asked_about("안녕하세요 여러분 반갑습니다", "en"),
)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", SCRIPTS)
def test_the_whole_form_fits(locale: str, name: str) -> None:
    """With every field, the question, the picture and a hundred workspaces of any name Slack accepts the form."""
    many = [*WORKSPACES, *(Workspace(id=f"more-{number}", name="n" * 300) for number in range(200))]
    around = Help(picture="https://cdn.example/" + "p" * 2900, workspaces=many)
    view = accept_form(locale, replace(WIDE, script=SCRIPTS[name]), around)
    fields = elements(view)
    assert list(fields) == ["model", "language", "script", "place", "script_file", "resolution", "workspace", "draft"]
    assert len(fields["workspace"]["options"]) == 100
    assert fields["workspace"]["initial_option"]["value"] == "w-2"
    assert fields["resolution"]["initial_option"]["value"] == "4k"
    assert [one["value"] for one in fields["resolution"]["options"]] == ["480", "720", "1080", "4k"]
    assert len(fields["draft"]["initial_options"]) == 1
    assert len(view["private_metadata"]) <= 3000


def test_the_script_may_be_left_to_a_file_only_where_there_is_one() -> None:
    """Slack insists on a script, except where a file can stand in for it."""
    folded, unfolded = accept_form("en", Prefill()), accept_form("en", Prefill(options=True))
    optional = [
        next(block.get("optional", False) for block in view["blocks"] if block.get("block_id") == "script")
        for view in (folded, unfolded)
    ]
    assert optional == [False, True]
    assert "script_file" not in elements(folded)


@pytest.mark.parametrize("workspaces", [[], WORKSPACES[:1]])
def test_one_workspace_is_no_choice(workspaces: list[Workspace]) -> None:
    """The workspace is asked for only when the account has several."""
    assert "workspace" not in elements(accept_form("en", replace(WIDE), Help(workspaces=workspaces)))


def state_of(view: Json) -> Json:
    """What Slack would send of a form in which nobody touched anything."""
    shown = elements(view)
    values: dict[str, Callable[[Json], Json]] = {
        "external_select": lambda one: {"selected_option": one.get("initial_option")},
        "static_select": lambda one: {"selected_option": one.get("initial_option")},
        "plain_text_input": lambda one: {"value": one.get("initial_value")},
        "conversations_select": lambda one: {"selected_conversation": one.get("initial_conversation")},
        "checkboxes": lambda one: {"selected_options": one.get("initial_options", [])},
        "file_input": lambda _: {"files": []},
    }
    return {
        "private_metadata": view["private_metadata"],
        "state": {"values": {block: {block: values[one["type"]](one)} for block, one in shown.items()}},
    }


@pytest.mark.parametrize("options", [True, False])
@pytest.mark.parametrize("workspaces", [WORKSPACES, []])
def test_a_changed_form_keeps_everything(options: bool, workspaces: list[Workspace]) -> None:
    """What stood in the form, shown or not, stands in it after a change."""
    given = replace(WIDE, options=options, asked=None, avatar=AMY)
    view = accept_form("en", given, Help(workspaces=workspaces))
    assert form.refilled(state_of(view)) == given


def test_a_workspace_that_is_gone_is_not_kept() -> None:
    """Where the person sees that no workspace is chosen, none is."""
    view = accept_form("en", replace(WIDE, workspace_id="gone"), Help(workspaces=WORKSPACES))
    assert form.read(state_of(view)).workspace_id is None


@pytest.mark.parametrize("metadata", ["", "{", "null", "[]", '{"resolution": "9k"}', '{"options": {}}', '{"new": 1}'])
def test_a_form_of_another_release_can_be_read(metadata: str) -> None:
    """What this release cannot read of a form's memory is as if there was none."""
    read = form.read({**answered(action="", **FULL), "private_metadata": metadata})
    assert (read.resolution, read.workspace_id, read.is_draft, read.origin) == ("1080", None, False, None)


HANGUL_TEXT = "안녕하세요 여러분 반갑습니다"


def asked_of(script: str, language: str) -> Asked:
    """The question about a script, which there is."""
    asked = asked_about(script, language)
    assert asked is not None
    return asked


def test_a_question_is_asked_once_about_the_same() -> None:
    """Hangul in English is asked about; once it was asked it goes through, and another script or language does not."""
    asked = asked_of(HANGUL_TEXT, "en")
    assert answers(script=HANGUL_TEXT, language="en").question() == asked
    assert answers(script=HANGUL_TEXT, language="en", asked=asked).question() is None
    assert answers(script=HANGUL_TEXT + "!", language="en", asked=asked).question() is not None
    assert answers(script=HANGUL_TEXT, language="fr-FR", asked=asked).question() is not None
    assert answers(script=HANGUL_TEXT, language="ko").question() is None


@pytest.mark.parametrize(("language", "stays"), [("en", True), ("de-DE", False), ("ko", False)])
def test_a_question_goes_with_what_it_is_about(language: str, stays: bool) -> None:
    """When the language changes, the old question is no longer there."""
    asked = asked_of(HANGUL_TEXT, "en")
    view = accept_form("en", Prefill(script=HANGUL_TEXT, language="en", asked=asked))
    state = state_of(view)
    state["state"]["values"]["language"] = {"language": {"selected_option": {"value": language}}}
    assert (form.refilled(state).asked == asked) is stays


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("writing", get_args(WritingSystem))
def test_the_question_names_writing_and_language(locale: str, writing: WritingSystem) -> None:
    """The question is in the reader's words, and the button says what it does."""
    asked = Asked(digest="0" * 64, writing=writing, language="ko", seconds=754)
    view = accept_form(locale, Prefill(asked=asked))
    words = view["blocks"][0]["text"]["text"]
    assert t(locale, f"writing.{writing}") in words
    assert t(locale, "language.ko") in words
    assert rough_length(locale, 754) in words
    assert view["submit"]["text"] == t(locale, "form.submit_anyway")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://cdn.example/a.png", True),
        ("http://127.0.0.1:8000/a.png", True),
        ("http://localhost/a.png", True),
        ("http://cdn.example/a.png", False),
        ("ftp://cdn.example/a.png", False),
        ("javascript:alert(1)", False),
        ("//cdn.example/a.png", False),
        ("https://", False),
        ("https://[broken", False),
        ("https://cdn.example/" + "a" * 3000, False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_web_address_is_shown(url: str | None, shown: bool) -> None:
    """Slack fetches pictures over https; the local servers' are on loopback."""
    assert picture_address(url) == (url if shown else None)


def request_for(**changes: Any) -> ExportRequest:
    """An earlier request, but for these changes."""
    return ExportRequest(
        **{
            "requester": Requester(team_id="T1", user_id="U1", locale="ko-KR"),
            "channel_id": "C1",
            "avatar": AMY,
            "language": "ja",
            "script": "Hi",
            **changes,
        }
    )


def test_a_form_is_filled_in_from_a_request() -> None:
    """Everything that a person chose then stands in the form again; what is unusual is shown."""
    origin = Origin(channel_id="C2", ts="1.2")
    earlier = request_for(resolution="720", workspace_id="w-1", is_export=False, origin=origin)
    assert prefill_from(earlier) == Prefill(
        script="Hi",
        language="ja",
        avatar=AMY,
        channel_id="C1",
        resolution="720",
        workspace_id="w-1",
        is_draft=True,
        origin=origin,
        options=True,
    )
    assert not prefill_from(request_for()).options


def test_a_long_script_of_a_request_is_cut() -> None:
    """A script that came from a file does not fit whole, and the form knows it."""
    given = prefill_from(request_for(script="x" * 30_000))
    assert (len(given.script), given.cut) == (3000, True)


@settings(deadline=None)
@given(metadata=st.text(max_size=100))
def test_any_memory_is_read(metadata: str) -> None:
    """Nothing in private_metadata is an error."""
    assert isinstance(Memory.read({"private_metadata": metadata}), Memory)
