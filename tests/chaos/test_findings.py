"""The findings name each broken promise."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.findings import Case, Findings
from tests.chaos.plan import Plan, Request

KEPT = Case(
    request=Request("request-00001", "U0ANA0001", "C0GENERAL", "request-00001", twice=False),
    owed=True,
    ended=True,
    bills=1,
    submitted_again=0,
    roots=1,
    replies=1,
    mentions=1,
    videos=1,
    foreign_videos=0,
    delivery=1.5,
)


def findings(*cases: Case, kills: int = 1) -> Findings:
    return Findings(Plan(len(cases), 1, "sqlite"), cases, kills=kills, ended_by_themselves=0, faults={})


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"owed": False, "ended": False}, "not accepted"),
        ({"ended": False}, "unfinished"),
        ({"bills": 2}, "billed twice"),
        ({"bills": 3, "submitted_again": 1}, "billed twice"),
        ({"videos": 2}, "doubled videos"),
        ({"mentions": 2}, "doubled mentions"),
        ({"replies": 2}, "doubled replies"),
        ({"foreign_videos": 1}, "somebody else's videos"),
    ],
)
def test_a_broken_promise_is_named(changes: dict[str, Any], broken: str) -> None:
    """Each broken promise is found, by its name and its request."""
    assert findings(KEPT, replace(KEPT, **changes)).broken == {broken: ["request-00001"]}


def test_what_a_person_decided_is_no_broken_promise() -> None:
    """A second bill and a second mention are right after *Submit again*."""
    case = replace(KEPT, submitted_again=1, bills=2, mentions=2)
    assert findings(case).holds


def test_a_kill_may_leave_one_stray_announcement() -> None:
    """There may be as many strays as kills, and no more."""
    stray = replace(KEPT, roots=2)
    assert findings(stray, kills=1).holds
    assert not findings(stray, stray, kills=1).holds


def test_the_table_counts() -> None:
    """The table has the numbers that the issue asks for."""
    rows = {
        line[:48].strip(): line[48:].strip() for line in findings(KEPT, replace(KEPT, bills=2)).table().splitlines()
    }
    assert (rows["exports"], rows["kills"], rows["billed"], rows["billed twice"]) == ("2", "1", "3", "1")
    assert rows["slowest delivery after ready, seconds"] == "1.5"
