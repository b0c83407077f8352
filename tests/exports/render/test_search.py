"""Which of the projects at AI Studios is that of an export whose submission outcome is unknown."""

from __future__ import annotations

from bot.exports.models import PollSettings, Progress
from bot.exports.ports import VendorProject
from bot.exports.render.search import SEARCH_LOOKS, Found, Search, found_among, name_fits, worth_reading

CLAIMED_AT = 1_700_000_000.0
SCRIPT = "Welcome to our   company,\nand to your first day."
NAME = "Welcome to our company"
PATIENT = PollSettings(poll_seconds=10.0, timeout_seconds=3600.0)


def heard(task_id: str | None = "task-1") -> Progress:
    """A webhook's progress."""
    return Progress(at=CLAIMED_AT + 5, progress=5, task_id=task_id)


def search(progress: Progress | None = None) -> Search:
    """A search that has just begun."""
    return Search(CLAIMED_AT, most_looks=SEARCH_LOOKS, heard=progress)


def project(
    project_id: str = "P1", name: str | None = NAME, *, task_id: str | None = None, after: float | None = 5.0
) -> VendorProject:
    """A project that was made so many seconds after the submission."""
    return VendorProject(project_id, name, task_id, None if after is None else CLAIMED_AT + after)


def test_which_names_fit() -> None:
    """A name is the beginning of its script, whatever the case and the spaces; a short one says too little."""
    fits = {
        NAME: True,
        "WELCOME to  our\tcompany": True,
        "Welcome to our comp…": True,
        "Welcome to our comp...": True,
        " ".join(SCRIPT.split()): True,
        "Welcome to our company, too": False,
        "to our company": False,
        "Welcome": False,
        "…": False,
        "": False,
        None: False,
    }
    assert {name: name_fits(name, SCRIPT) for name in fits} == fits


def test_a_short_script_is_its_own_name() -> None:
    """Of a script that is shorter than a name has to be, all of it must be there."""
    assert {name: name_fits(name, "Hello!") for name in ("Hello!", "hello!", "Hello", "H")} == {
        "Hello!": True,
        "hello!": True,
        "Hello": False,
        "H": False,
    }


def test_the_task_id_is_certain() -> None:
    """The project with the task that the webhook named is the export's, whatever its name and time are."""
    others = [project("P1"), project("P2", after=None)]
    named = project("P3", "Something else", task_id="task-1", after=-9999.0)
    assert found_among([*others, named], search(heard()), SCRIPT) == Found("P3", certain=True)


def test_a_name_counts_when_it_is_the_only_one() -> None:
    """One project of that name and time is a find, though not a certain one; of two, neither is."""
    assert found_among([project("P1")], search(), SCRIPT) == Found("P1", certain=False)
    assert found_among([project("P1"), project("P2", "Another")], search(), SCRIPT) == Found("P1", certain=False)
    assert found_among([project("P1"), project("P2")], search(), SCRIPT) is None
    assert found_among([], search(), SCRIPT) is None


def test_when_a_project_may_have_been_made() -> None:
    """From 30 s before to 180 s after the submission; a project without a time is not taken."""
    found = {
        after: found_among([project(after=after)], search(), SCRIPT) is not None
        for after in (-31.0, -30.0, 0.0, 180.0, 181.0, None)
    }
    assert found == {-31.0: False, -30.0: True, 0.0: True, 180.0: True, 181.0: False, None: False}


def test_a_project_of_another_task_is_not_it() -> None:
    """Once the webhook has named the task, a project with another one is out; one without any may still be it."""
    assert found_among([project(task_id="task-2")], search(heard()), SCRIPT) is None
    assert found_among([project(task_id=None)], search(heard()), SCRIPT) == Found("P1", certain=False)
    assert found_among([project(task_id="task-2")], search(heard(None)), SCRIPT) == Found("P1", certain=False)
    assert found_among([project(task_id="task-2")], search(), SCRIPT) == Found("P1", certain=False)


def test_which_projects_are_read() -> None:
    """Those whose name fits; when the task is known, the others too, after them."""
    listed = [project("P1", "Another"), project("P2"), project("P3", None), project("P4")]
    assert worth_reading(listed, search(), SCRIPT) == ["P2", "P4"]
    assert worth_reading(listed, search(heard(None)), SCRIPT) == ["P2", "P4"]
    assert worth_reading(listed, search(heard()), SCRIPT) == ["P2", "P4", "P1", "P3"]


def test_how_long_a_search_goes_on() -> None:
    """Twenty looks, and the export's whole time once a webhook has proved that it was accepted."""
    now = Search.begin(CLAIMED_AT, PATIENT)
    for _ in range(SEARCH_LOOKS):
        assert now.open
        now = now.looked(None)
    assert not now.open
    proved = now.looked(heard())
    assert proved.open
    assert proved.task_id == "task-1"
    assert proved.looked(None).heard == proved.heard
    for _ in range(360 - SEARCH_LOOKS - 1):
        assert proved.open
        proved = proved.looked(None)
    assert not proved.open


def test_a_search_never_has_fewer_looks_for_being_proved() -> None:
    """Also where an export may take less time than twenty looks."""
    assert Search.begin(CLAIMED_AT, PollSettings(poll_seconds=60.0, timeout_seconds=60.0)).most_looks == SEARCH_LOOKS
