"""Looking for a project whose submission was never answered: never another's, and with few calls."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from bot.exports.history.history import History, PossibleOwner
from bot.exports.models import ExportRequest, PollSettings, Progress
from bot.exports.ports import VendorProject, VendorUnavailable
from bot.exports.render import project_search
from bot.exports.render.project_search import LATELY, ProjectSearch
from bot.exports.render.search import MOST_READ, Search
from tests.exports.fakes.world import REQUEST, SCRIPT, FakeClock, FakeVendor

NOW = 1_700_000_000.0
SEARCH = Search.begin(NOW - 5, PollSettings(poll_seconds=10.0, timeout_seconds=600.0))
KNOWN_TASK = SEARCH.looked(Progress(at=NOW, progress=5, task_id="task-1"))
OTHER = REQUEST.model_copy(update={"options": REQUEST.options.model_copy(update={"script": "Good evening, all!"})})


def project(project_id: str, name: str = SCRIPT, *, task_id: str | None = "task-9", at: float = NOW) -> VendorProject:
    return VendorProject(project_id, name, task_id, at)


class FakeHistory:
    """The other exports of the account."""

    def __init__(self, *owners: PossibleOwner) -> None:
        self.owners = owners
        self.asked: list[tuple[str, str | None, float]] = []

    async def possible_owners(self, export_id: str, account_id: str | None, since: float) -> Sequence[PossibleOwner]:
        self.asked.append((export_id, account_id, since))
        return self.owners


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> FakeVendor:
    monkeypatch.setattr(project_search, "time", FakeClock(NOW))
    return FakeVendor()


def searching(vendor: FakeVendor, *owners: PossibleOwner) -> ProjectSearch:
    return ProjectSearch(vendor, cast(History, FakeHistory(*owners)))


async def found(
    vendor: FakeVendor, *owners: PossibleOwner, search: Search = SEARCH, request: ExportRequest = REQUEST
) -> str | None:
    return await searching(vendor, *owners).find("V1", request, search)


async def test_the_only_project_of_its_name_and_time_is_it(vendor: FakeVendor) -> None:
    """Where no other export could be meant; those of the account that ended lately are asked for."""
    vendor.listed = [project("P1"), project("P2", "Another script"), project("P3", at=NOW - 9999)]
    history = FakeHistory()
    search = ProjectSearch(vendor, cast(History, history))
    assert await search.find("V1", REQUEST.model_copy(update={"account_id": "A1"}), SEARCH) == "P1"
    assert history.asked == [("V1", "A1", NOW - LATELY)]
    assert vendor.read_projects == ["P1", "P3"]


OWNERS = {
    "one whose script begins like the name": (PossibleOwner(None, REQUEST), None),
    "one whose project it is": (PossibleOwner("P1", OTHER), None),
    "one with a script of its own": (PossibleOwner(None, OTHER), "P1"),
    "one whose script begins so, but whose project is known": (PossibleOwner("P7", REQUEST), "P1"),
}


async def test_a_project_that_another_export_could_have_is_not_taken(vendor: FakeVendor) -> None:
    """One that has no project yet and begins like it, or one whose project it is known to be."""
    vendor.listed = [project("P1")]
    assert {name: await found(vendor, owner) for name, (owner, _) in OWNERS.items()} == {
        name: expected for name, (_, expected) in OWNERS.items()
    }


async def test_the_task_is_certain(vendor: FakeVendor) -> None:
    """With the task that a webhook named, nobody else is asked, whatever the name is."""
    vendor.listed = [project("P1"), project("P2", "Renamed", task_id="task-1")]
    contested = PossibleOwner(None, REQUEST)
    assert await found(vendor, contested, search=KNOWN_TASK) == "P2"


async def test_a_candidate_that_cannot_be_read_may_be_the_right_one(vendor: FakeVendor) -> None:
    """Until it can be read, none is taken by its name; one with the task is."""
    vendor.listed = [project("P1"), project("P2", at=NOW - 9999)]
    vendor.unreadable = {"P2"}
    search = searching(vendor)
    assert await search.find("V1", REQUEST, SEARCH) is None
    vendor.unreadable.clear()
    assert await search.find("V1", REQUEST, SEARCH) == "P1"
    assert vendor.read_projects == ["P1", "P2", "P2"]
    vendor.listed[0] = project("P3", task_id="task-1")
    vendor.listed.append(project("P4"))
    vendor.unreadable = {"P4"}
    assert await search.find("V1", REQUEST, KNOWN_TASK) == "P3"


@pytest.mark.parametrize("incomplete", [VendorProject("P1", SCRIPT, None, NOW), VendorProject("P1", SCRIPT, "t", None)])
async def test_a_project_without_task_or_time_is_read_again(vendor: FakeVendor, incomplete: VendorProject) -> None:
    """AI Studios fills them in a moment later; until then nothing is guessed."""
    vendor.listed = [incomplete]
    search = searching(vendor)
    assert await search.find("V1", REQUEST, SEARCH) is None
    vendor.listed = [project("P1")]
    assert await search.find("V1", REQUEST, SEARCH) == "P1"


async def test_a_look_reads_only_so_many_projects(vendor: FakeVendor) -> None:
    """Those that were read are known, and each look goes on with the others; of other accounts nothing is known."""
    many = [project(f"P{number}", at=NOW - 9999) for number in range(2 * MOST_READ + 1)]
    vendor.listed = [*many[:-1], project("P-mine")]
    search = searching(vendor)
    looks = []
    for _ in range(4):
        looks.append(await search.find("V1", REQUEST, SEARCH))
    assert looks == [None, None, "P-mine", "P-mine"]
    assert vendor.read_projects == [one.id for one in vendor.listed]
    await search.find("V1", REQUEST.model_copy(update={"account_id": "A2"}), SEARCH)
    assert len(vendor.read_projects) == len(vendor.listed) + MOST_READ


async def test_an_outage_finds_nothing(vendor: FakeVendor) -> None:
    """The next look may."""
    vendor.listed, vendor.errors = [project("P1")], [VendorUnavailable()]
    assert [await found(vendor), await found(vendor)] == [None, "P1"]


async def test_searches_at_the_same_time_share_a_listing(vendor: FakeVendor) -> None:
    """Of their account: it may hold thousands of projects."""
    search, of_another = searching(vendor), REQUEST.model_copy(update={"account_id": "A2"})
    requests = [REQUEST, REQUEST, of_another, REQUEST]
    await asyncio.gather(*(search.find(f"V{number}", one, SEARCH) for number, one in enumerate(requests)))
    assert sorted(str(account) for account in vendor.listed_for) == ["A2", "None"]


async def test_a_listing_is_not_used_again(vendor: FakeVendor) -> None:
    """A project that is made later is found by the next look."""
    search = searching(vendor)
    assert await search.find("V1", REQUEST, SEARCH) is None
    vendor.listed = [project("P1")]
    assert await search.find("V1", REQUEST, SEARCH) == "P1"


async def test_searches_at_the_same_time_read_each_project_once(vendor: FakeVendor) -> None:
    """Also of an account with thousands of projects, however many searches are under way."""
    vendor.listed = [project(f"P{number}", at=NOW - 9999) for number in range(3000)]
    search = searching(vendor)
    for _ in range(3000 // MOST_READ + 1):
        await asyncio.gather(*(search.find(f"V{number}", REQUEST, SEARCH) for number in range(5)))
    assert sorted(vendor.read_projects) == sorted(one.id for one in vendor.listed)
