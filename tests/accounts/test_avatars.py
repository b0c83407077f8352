"""Finding an avatar by what a person types."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.accounts.avatars import AvatarList, is_vendor_id, looks_like_model_id, matching
from bot.accounts.models import AvatarModel
from bot.aistudios.errors import Transient

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: tuple[Form, ...] = get_args(Form)
VENDOR_ID = "67da28f034b05ae2e4385a2b"


def model(model_id: str, english: str, korean: str = "") -> AvatarModel:
    """A model with these names."""
    return AvatarModel(id=model_id, label_en=english, label_ko=korean or english)


ME = model(VENDOR_ID, "My own face", "내 얼굴")
AMY = model("m-amy", "Amy Kim", "김에이미")
BEN = model("m-ben", "Ben", "벤")
STRASSE = model("m-str", "Straße Ben", "거리 벤")
ALL = [ME, AMY, BEN, STRASSE]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ALL),
        ("   ", ALL),
        ("amy", [AMY]),
        ("AMY", [AMY]),
        ("kim amy", [AMY]),
        ("am ki", [AMY]),
        ("에이미", [AMY]),
        (unicodedata.normalize("NFD", "에이미"), [AMY]),
        (unicodedata.normalize("NFD", "내 얼굴"), [ME]),
        ("Ａｍｙ", [AMY]),
        ("STRASSE", [STRASSE]),
        ("ben", [BEN, STRASSE]),
        ("벤", [BEN, STRASSE]),
        ("m-ben", [BEN]),
        (VENDOR_ID.upper(), [ME]),
        ("amy ben", []),
        ("nobody", []),
        (".*", []),
    ],
)
def test_names_in_both_languages_and_ids_are_found(typed: str, found: list[AvatarModel]) -> None:
    """Every typed word must be in a name or the id; case, width and decomposed Hangul do not matter."""
    assert matching(ALL, typed) == found


def test_custom_avatars_stay_first() -> None:
    """Among equally good finds the order of the list stands, which has custom avatars first."""
    listed = [model("1", "Zoe Custom"), model("2", "Ann Zoe"), model("3", "Zoe")]
    assert [found.id for found in matching(listed, "zoe")] == ["1", "3", "2"]


def test_names_that_begin_with_it_come_first() -> None:
    """`min` finds Minji before Yasmin."""
    yasmin, minji = model("y", "Yasmin"), model("m", "Minji")
    assert matching([yasmin, minji], "min") == [minji, yasmin]


@settings(deadline=None)
@given(names=st.lists(st.text(min_size=1, max_size=8), max_size=20), typed=st.text(max_size=8))
def test_a_search_only_selects(names: list[str], typed: str) -> None:
    """Whatever is typed, what comes back is from the list, once each; nothing typed is the whole list in its order."""
    models = [model(str(number), name) for number, name in enumerate(names)]
    found = [one.id for one in matching(models, typed)]
    assert len(set(found)) == len(found) <= len(models)
    assert typed.split() or found == [one.id for one in models]


@settings(deadline=None)
@given(name=st.text(min_size=1, max_size=20), form=st.sampled_from(FORMS))
def test_a_whole_name_finds_itself(name: str, form: Form) -> None:
    """A name that is typed as it is listed is found, in each of its Unicode forms."""
    wanted = model("1", name)
    assert wanted in matching([AMY, wanted], unicodedata.normalize(form, name))


@pytest.mark.parametrize("typed", [VENDOR_ID, "amy_01", "custom:amy.v2", "a" * 150, "m-amy"])
def test_ids_look_like_ids(typed: str) -> None:
    """Letters, digits and a few marks, 4 to 150 of them."""
    assert looks_like_model_id(typed)


@pytest.mark.parametrize("typed", ["", "abc", "two words", "a" * 151, f"{VENDOR_ID}\n", "<@U0ANA0001>", "a/b/c/d"])
def test_other_text_does_not(typed: str) -> None:
    """Words, markup and what an option could not hold are no ids."""
    assert not looks_like_model_id(typed)


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [(VENDOR_ID, True), (VENDOR_ID.upper(), True), (VENDOR_ID[1:], False), (VENDOR_ID + "0", False), ("g" * 24, False)],
)
def test_the_vendors_own_ids(typed: str, is_one: bool) -> None:
    """AI Studios' ids are 24 hexadecimal digits."""
    assert is_vendor_id(typed) is is_one


@asynccontextmanager
async def listed(fetch: Callable[[], Awaitable[Sequence[AvatarModel]]]) -> AsyncIterator[AvatarList]:
    """A list that is kept fresh from this source."""
    avatars = AvatarList(fetch)
    avatars.start()
    try:
        yield avatars
    finally:
        await avatars.stop()


async def test_a_search_waits_for_the_first_list() -> None:
    """A search before the list came has it as soon as it comes."""
    arrived = asyncio.Event()

    async def fetch() -> Sequence[AvatarModel]:
        await arrived.wait()
        return ALL

    async with listed(fetch) as avatars:
        search = asyncio.create_task(avatars.search("amy", most=100, within=30))
        await asyncio.sleep(0)
        assert not search.done()
        arrived.set()
        assert await search == [AMY]


async def test_a_search_gives_up_on_a_slow_list() -> None:
    """When AI Studios takes longer than the search may, the answer is empty."""

    async def never() -> Sequence[AvatarModel]:
        await asyncio.Event().wait()
        return ALL

    async with listed(never) as avatars:
        assert await avatars.search("amy", most=100, within=0.01) == []
        assert avatars.find(VENDOR_ID) is None


async def test_an_outage_is_no_error() -> None:
    """A source that fails leaves the search empty and the list alive."""

    async def fail() -> Sequence[AvatarModel]:
        raise Transient("AI Studios is down")

    async with listed(fail) as avatars:
        assert await avatars.search("", most=100, within=0.01) == []


async def test_a_fault_that_nobody_foresaw_is_outlived(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a try raised, the next ones go on until the list is there; the log has the fault once."""
    monkeypatch.setattr("bot.accounts.cached_list.RETRY_SECONDS", 0.0)
    faults = [RuntimeError("a bug"), ValueError("another")]

    async def fetch() -> Sequence[AvatarModel]:
        if faults:
            raise faults.pop(0)
        return ALL

    async with listed(fetch) as avatars:
        assert await avatars.search("amy", most=100, within=30) == [AMY]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_search_gives_no_more_than_asked_for() -> None:
    """Slack takes a limited number of options."""

    async def fetch() -> Sequence[AvatarModel]:
        return ALL

    async with listed(fetch) as avatars:
        assert await avatars.search("", most=2, within=30) == [ME, AMY]
        assert avatars.find(VENDOR_ID) == ME
