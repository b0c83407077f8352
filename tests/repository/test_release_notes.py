"""The words of a release come from the changelog."""

from __future__ import annotations

import pytest

from tests.repository.release_notes import release_notes

NEWEST = "## 1.1.0 - 2026-02-03\n\n### Added\n\n- This.\n"
CHANGELOG = f"# Changelog\n\n## Unreleased\n\n{NEWEST}\n## 1.0.0 - 2026-01-02\n\n- That.\n"


def test_each_version_has_its_own_words() -> None:
    """Between its heading and the next one, or the end."""
    assert release_notes("v1.1.0", "1.1.0", CHANGELOG) == "### Added\n\n- This."
    assert release_notes("v1.0.0", "1.0.0", CHANGELOG) == "- That."


def test_a_release_without_words_is_refused() -> None:
    """Another tag than the version, a version that is not in the changelog, and one without a word."""
    with pytest.raises(ValueError, match="the tag is v1"):
        release_notes("v1.1.0", "1.2.0", CHANGELOG)
    with pytest.raises(ValueError, match="says nothing below"):
        release_notes("v1.2.0", "1.2.0", CHANGELOG)
    with pytest.raises(ValueError, match="says nothing below"):
        release_notes("v1.2.0", "1.2.0", f"## 1.2.0 - 2026-03-04\n\n{NEWEST}")
