"""What stands in a form when it opens."""

from __future__ import annotations

from typing import Any

import pytest

from bot.exports.models import ExportRequest, Origin, Requester, RequestOptions
from bot.i18n import t
from bot.slack.form.prefill import for_another_account, form_of, new_form
from bot.slack.form.state import UNCHOSEN_AVATAR, FormState
from tests.slack.form.samples import AMY, EVERYTHING
from tests.slack.oracle import LOCALES, accept_form


def test_words_become_the_script() -> None:
    """What was typed behind the command stands in the script, as typed."""
    state = new_form(" a <b> & c ", locale="en-US", channel_id="C1")
    assert (state.options.script, state.cut, state.options.channel_id) == (" a <b> & c ", False, "C1")


@pytest.mark.parametrize("locale", LOCALES)
def test_too_many_words_are_cut_and_it_is_said(locale: str) -> None:
    """What does not fit is left out, and the hint says so."""
    state = new_form("x" * 3001, locale=locale)
    view = accept_form(locale, state)
    script = next(block for block in view["blocks"] if block["block_id"] == "script")
    assert state.options.script == "x" * 3000
    assert script["hint"]["text"] == t(locale, "form.cut", limit=3000)


@pytest.mark.parametrize(
    ("last", "locale", "language"),
    [(None, "ko-KR", "ko"), ("ja", "ko-KR", "ja"), (None, "sv-SE", "en"), ("xx", "de-DE", "de-DE")],
)
def test_the_language_is_the_last_one_or_the_persons_own(last: str | None, locale: str, language: str) -> None:
    """What was used last comes first, unless it is offered no longer; then the locale's language."""
    options = RequestOptions(language=last) if last else None
    assert new_form("", locale=locale, last=options).options.language == language


def test_of_the_last_options_only_avatar_and_language_are_chosen_again() -> None:
    """An earlier script, place, resolution, workspace or draft is not that of a new video."""
    state = new_form("", locale="en-US", last=EVERYTHING.options)
    assert state == FormState(options=RequestOptions(avatar=EVERYTHING.options.avatar, language="en"))


def test_what_only_one_account_has_is_not_chosen_with_another() -> None:
    """Avatar and workspace belong to the account; all else stays."""
    options = for_another_account(EVERYTHING.options)
    assert (options.avatar, options.workspace_id) == (UNCHOSEN_AVATAR, None)
    kept = {"avatar": EVERYTHING.options.avatar, "workspace_id": EVERYTHING.options.workspace_id}
    assert options.model_copy(update=kept) == EVERYTHING.options


def request_for(*, origin: Origin | None = None, **changes: Any) -> ExportRequest:
    """An earlier request, but for these changes."""
    options = RequestOptions(**{"channel_id": "C1", "avatar": AMY, "language": "ja", "script": "Hi", **changes})
    return ExportRequest(
        requester=Requester(team_id="T1", user_id="U1", locale="ko-KR"), options=options, origin=origin
    )


def test_a_form_is_filled_in_from_a_request() -> None:
    """Everything that a person chose then stands in the form again; what is unusual is shown."""
    origin = Origin(channel_id="C2", ts="1.2")
    earlier = request_for(resolution="720", workspace_id="w-1", is_export=False, origin=origin)
    assert form_of(earlier) == FormState(
        options=RequestOptions(
            script="Hi",
            language="ja",
            avatar=AMY,
            channel_id="C1",
            resolution="720",
            workspace_id="w-1",
            is_export=False,
        ),
        origin=origin,
        more_options=True,
    )
    assert not form_of(request_for()).more_options


@pytest.mark.parametrize("unusual", [{"resolution": "720"}, {"workspace_id": "w-1"}, {"is_export": False}])
def test_one_unusual_option_is_enough_to_show_them_all(unusual: dict[str, Any]) -> None:
    """What is not as usual is never hidden from the person."""
    assert form_of(request_for(**unusual)).more_options


def test_a_long_script_of_a_request_is_cut() -> None:
    """A script that came from a file does not fit whole, and the form knows it."""
    state = form_of(request_for(script="x" * 30_000))
    assert (len(state.options.script), state.cut) == (3000, True)
