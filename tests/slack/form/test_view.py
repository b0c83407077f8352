"""The form at its extremes."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.accounts.models import VendorWorkspace
from bot.exports.models import Avatar
from bot.scripts.languages import LANGUAGES
from bot.slack.form.fields.picture import picture_address
from bot.slack.form.state import FormContext, FormState
from tests.slack.form.samples import (
    AMY,
    EVERYTHING,
    NAMES,
    SCRIPTS,
    WORKSPACES,
    elements,
    showing,
    with_workspaces,
)
from tests.slack.oracle import HOSTILE, LOCALES, accept_form


def test_any_script_fits_into_the_form() -> None:
    """Slack accepts the form with any prefilled script, which stands there as it was given."""
    for locale, (name, script) in product(LOCALES, SCRIPTS.items()):
        view = accept_form(locale, showing(script=script, language="ko", avatar=AMY, channel_id="C0GENERAL"))
        assert elements(view)["script"]["initial_value"] == script, (locale, name)


def test_any_avatar_fits_into_the_form() -> None:
    """Slack accepts the form with an avatar of any name; the chosen id is the avatar's."""
    for locale, (kind, name) in product(LOCALES, NAMES.items()):
        view = accept_form(locale, showing(avatar=Avatar(id="a" * 150, name=name)))
        assert elements(view)["model"]["initial_option"]["value"] == "a" * 150, (locale, kind)


@pytest.mark.parametrize("locale", LOCALES)
def test_an_empty_form(locale: str) -> None:
    """With nothing known in advance the form is accepted and preselects nothing, but for the place."""
    view = accept_form(locale, FormState())
    fields = elements(view)
    assert not [key for element in fields.values() for key in element if key.startswith("initial")]
    assert fields["place"]["default_to_current_conversation"] is True


def test_the_fields_have_their_names() -> None:
    """Blocks and elements are those that others drive the form by."""
    fields = elements(accept_form("en", FormState()))
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
    state = showing(script=script, language=language, avatar=avatar, channel_id="D0APPANA1")
    accept_form(locale, replace(state, cut=cut))


def test_a_form_is_the_same_twice() -> None:
    """The same data makes the same form."""
    state = showing(script=HOSTILE, language="ko", avatar=AMY)
    assert accept_form("ko", state) == accept_form("ko", state)


def test_the_whole_form_fits() -> None:
    """With every field, the question, the picture and a hundred workspaces of any name Slack accepts the form."""
    many = [*WORKSPACES, *(VendorWorkspace(id=f"more-{number}", name="n" * 300) for number in range(200))]
    for locale, script in product(LOCALES, SCRIPTS.values()):
        context = FormContext(locale, picture="https://cdn.example/" + "p" * 2900, workspaces=many)
        view = accept_form(locale, EVERYTHING.with_options(script=script), context)
        fields = elements(view)
        assert list(fields) == [
            *("model", "language", "script", "place"),
            *("script_file", "resolution", "workspace", "draft"),
        ]
        assert len(fields["workspace"]["options"]) == 100
        assert fields["workspace"]["initial_option"]["value"] == "w-2"
        assert fields["resolution"]["initial_option"]["value"] == "4k"
        assert [one["value"] for one in fields["resolution"]["options"]] == ["480", "720", "1080", "4k"]
        assert len(fields["draft"]["initial_options"]) == 1
        assert len(view["private_metadata"]) <= 3000


def test_the_script_may_be_left_to_a_file_only_where_there_is_one() -> None:
    """Slack insists on a script, except where a file can stand in for it."""
    folded, unfolded = accept_form("en", FormState()), accept_form("en", FormState(more_options=True))
    optional = [
        next(block.get("optional", False) for block in view["blocks"] if block.get("block_id") == "script")
        for view in (folded, unfolded)
    ]
    assert optional == [False, True]
    assert "script_file" not in elements(folded)


@pytest.mark.parametrize("workspaces", [[], WORKSPACES[:1]])
def test_one_workspace_is_no_choice(workspaces: list[VendorWorkspace]) -> None:
    """The workspace is asked for only when the account has several."""
    assert "workspace" not in elements(accept_form("en", EVERYTHING, with_workspaces(workspaces)))


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
