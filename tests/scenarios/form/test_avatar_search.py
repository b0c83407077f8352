"""The avatar type-ahead: it knows every name, and it answers in time whatever AI Studios does."""

from pathlib import Path

import pytest

from bot.demo.aistudios import DropdownShape
from bot.demo.slack import View
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    MINJI,
    OLIVIA,
    make_video,
    open_form,
    quickly_staged,
    until_offered,
    until_video,
)

SERA, DANIEL = "68f1c2a94be07d13a5e9b3c1", "68f1c2d74be07d13a5e9b3c8"
UNLISTED = "67da28f034b05ae2e4385a2b"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def found(stage: Stage, view: View, typed: str) -> list[str]:
    """The ids of the avatars that typing this offers."""
    options = await stage.slack.person(view.user).suggestions(view, "model", typed)
    return [option["value"] for option in options]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Olivia", ["M000000101"]),
        ("oliv", ["M000000101"]),
        ("올리", ["M000000101"]),
        ("park", [DANIEL]),
        ("박다니엘", [DANIEL]),
        ("다니엘", [DANIEL]),
        ("ceo daniel", [DANIEL]),
        ("M000000105", ["M000000105"]),
        ("nobody at all", []),
    ],
)
async def test_avatars_are_found_by_either_name_or_id(stage: Stage, typed: str, expected: list[str]) -> None:
    """Typing a part of the English or Korean name, or the id, finds the avatar."""
    assert await found(stage, await open_form(stage), typed) == expected


async def test_decomposed_hangul_finds_the_same_avatar(stage: Stage) -> None:
    """A name that a Mac hands over in decomposed Hangul is the same name."""
    assert await found(stage, await open_form(stage), "\u1112\u1161\u1105\u116e") == ["M000000102"]


async def test_custom_avatars_come_first(stage: Stage) -> None:
    """With nothing typed all avatars are offered, the account's own first, also those only one list knows."""
    offered = await found(stage, await open_form(stage), "")
    assert set(offered[:2]) == {SERA, DANIEL}
    assert len(offered) == 7


@pytest.mark.parametrize(("person", "name"), [(ANA, "Olivia · 올리비아"), (MINJI, "올리비아 · Olivia")])
async def test_avatars_have_both_names(stage: Stage, person: str, name: str) -> None:
    """Each person reads the name in their own language first."""
    view = await open_form(stage, person)
    (option,) = await stage.slack.person(person).suggestions(view, "model", "olivia")
    assert option["text"]["text"] == name


async def test_a_pasted_id_is_offered_as_itself(stage: Stage) -> None:
    """An id that is in no list can be used: it is offered as itself, and the video is made with it."""
    view = await open_form(stage)
    (option,) = await stage.slack.person(ANA).suggestions(view, "model", f" {UNLISTED} ")
    assert option["value"] == UNLISTED
    assert UNLISTED in option["text"]["text"]
    root = await make_video(stage, script="From a pasted id.", model=UNLISTED)
    await until_video(stage, root)
    assert stage.studio.billed[-1].model == UNLISTED
    assert f"Avatar: {UNLISTED}" in str(root.blocks)


async def test_the_list_outlives_ai_studios(stage: Stage) -> None:
    """When AI Studios goes down, the avatars known by then are still offered."""
    stage.studio.faults.add("/", times=None, status=503)
    assert await found(stage, await open_form(stage), "Olivia") == [OLIVIA]
    stage.studio.faults.clear()


@pytest.mark.parametrize("shape", ["list", "data"])
async def test_every_shape_of_the_list_is_read(tmp_path: Path, shape: DropdownShape) -> None:
    """However AI Studios wraps its short list, the custom avatars come first."""
    async with quickly_staged(tmp_path, studio={"dropdown_shape": shape}) as stage:
        view = await open_form(stage)
        await until_offered(stage, view, OLIVIA)
        assert set((await found(stage, view, ""))[:2]) == {SERA, DANIEL}


async def test_a_slow_ai_studios_never_makes_slack_wait(tmp_path: Path) -> None:
    """Before the first list has come, typing is answered in time; once it is there, it is offered."""
    async with quickly_staged(tmp_path, start=False) as stage:
        stage.studio.faults.add("/model", delay=4)
        await stage.bot.start()
        view = await open_form(stage)
        assert await found(stage, view, "oli") == []
        assert await found(stage, view, UNLISTED) == [UNLISTED]
        await until_offered(stage, view, OLIVIA)


@pytest.mark.long
async def test_the_list_fills_once_ai_studios_is_back(tmp_path: Path) -> None:
    """AI Studios is down when the bot starts: typing is answered, and later, without a restart, it has avatars."""
    async with quickly_staged(tmp_path, start=False) as stage:
        stage.studio.faults.add("/", times=None, status=503)
        await stage.bot.start()
        view = await open_form(stage)
        assert await found(stage, view, "oli") == []
        stage.studio.faults.clear()
        await until_offered(stage, view, OLIVIA)


@pytest.mark.parametrize("down", ["/model", "/dropdown/models"])
async def test_one_of_the_two_lists_is_enough(tmp_path: Path, down: str) -> None:
    """When one of AI Studios' two lists fails, the avatars of the other are offered."""
    async with quickly_staged(tmp_path, start=False) as stage:
        stage.studio.faults.add(down, times=None, status=500)
        await stage.bot.start()
        await until_offered(stage, await open_form(stage), OLIVIA)
