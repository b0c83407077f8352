"""The step's inputs: what is wrong with them, and the options that they become."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from bot.accounts.avatars import AvatarList
from bot.accounts.models import AvatarModel
from bot.exports.models import Avatar, RequestOptions
from bot.slack.step.inputs import Inputs
from tests.slack.oracle import LOCALES

MINSEO = AvatarModel(id="minseo-01", label_en="Minseo", label_ko="민서")
GIVEN = {"model": " minseo-01 ", "language": "KO", "script": " Hi\n", "channel": "C1", "resolution": "4K", "user": "U1"}


@pytest.fixture
async def avatars() -> AsyncIterator[AvatarList]:
    """The list of an account with one avatar, which has come."""

    async def fetch() -> Sequence[AvatarModel]:
        return [MINSEO]

    listed = AvatarList(fetch)
    listed.start()
    await listed.loaded(within=5)
    yield listed
    await listed.stop()


async def test_inputs_become_options(avatars: AvatarList) -> None:
    """Ids are trimmed and spelled as known, the script stays as it is, and the avatar has its name."""
    inputs = Inputs.read(GIVEN)
    assert inputs.problems("ko-KR", avatars) == []
    assert inputs.options("ko-KR", avatars) == RequestOptions(
        avatar=Avatar(id="minseo-01", name="민서"), language="ko", script=" Hi\n", channel_id="C1", resolution="4k"
    )


async def test_what_was_left_empty_is_as_usual(avatars: AvatarList) -> None:
    """Without a resolution it is the form's; an id that is in no list is its own name."""
    options = Inputs.read({**GIVEN, "resolution": None, "model": "custom-1"}).options("en-US", avatars)
    assert (options.resolution, options.avatar.name) == (RequestOptions().resolution, "custom-1")


async def test_everything_that_is_wrong_is_said(avatars: AvatarList) -> None:
    """Each input has its own problem, in the person's language, and none makes anything live."""
    wrong: list[dict[str, Any]] = [
        {},
        {"model": "<!here>", "language": "<!here>", "script": "x" * 100_001, "channel": "", "resolution": "<!here>"},
    ]
    for locale in LOCALES:
        nothing, hostile = (Inputs.read(inputs).problems(locale, avatars) for inputs in wrong)
        assert (len(set(nothing)), len(set(hostile))) == (4, 5), locale
        assert "<!here>" not in " ".join(hostile), locale
