"""What CI makes of pip-audit's reports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.deployment.audit import judged

GOOD: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
BAD: dict[str, Any] = {**GOOD, "name": "b", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"], "aliases": []}]}
OPEN: dict[str, Any] = {**GOOD, "name": "c", "vulns": [{"id": "PYSEC-2", "fix_versions": [], "aliases": []}]}
UNKNOWN: dict[str, Any] = {"name": "d", "skip_reason": "Dependency not found on PyPI and could not be audited: d (1)"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([GOOD, GOOD], 0, "audited: 2 of 2 packages"),
        ([GOOD, UNKNOWN], 0, "audited: 1 of 2 packages"),
        ([GOOD, BAD, OPEN], 1, "b 1: PYSEC-1, mended in 1.1, 2.0\nc 1: PYSEC-2, mended in no version yet"),
        ([UNKNOWN, BAD], 1, "audited: 1 of 2 packages"),
        ([UNKNOWN, UNKNOWN], 0, "NOT AUDITED, the database of vulnerabilities knows none of these 2 packages"),
    ],
)
def test_only_a_vulnerability_fails(packages: list[dict[str, Any]], code: int, words: str) -> None:
    """A report with a known vulnerability fails; what could not be looked up is told and fails nothing."""
    said, result = judged(json.dumps({"dependencies": packages, "fixes": []}), "")
    assert result == code
    assert words in said


@pytest.mark.parametrize(
    ("complaints", "reason"), [("Traceback\nConnectionError: no", "ConnectionError: no"), ("", "")]
)
def test_no_network_fails_nothing(complaints: str, reason: str) -> None:
    """Without a report it is said that nothing was audited, and why."""
    said, result = judged("", complaints)
    assert result == 0
    assert said.startswith("NOT AUDITED")
    assert reason in said
