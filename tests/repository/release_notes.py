"""Prints what the changelog says about a tag, for its release: `python -m tests.repository.release_notes v1.2.3`.

Fails when the tag is not the version of the package, or the changelog has nothing about it. It runs on a bare Python.
"""

from __future__ import annotations

import re
import sys
import tomllib

from tests.image.dockerfile import CHECKOUT


def main() -> int:
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changelog = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    try:
        print(release_notes(sys.argv[1], version, changelog))
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


def release_notes(tag: str, version: str, changelog: str) -> str:
    """What stands below the heading of this version. Raises ValueError when there is none or the tag is another."""
    if tag != f"v{version}":
        raise ValueError(f"the tag is {tag}, and pyproject.toml says {version}")
    found = re.search(rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d\n(.+?)(?=^## |\Z)", changelog, re.M | re.S)
    if found is None or not found[1].strip():
        raise ValueError(f"CHANGELOG.md says nothing below '## {version} - ' and a date")
    return found[1].strip()


if __name__ == "__main__":
    sys.exit(main())
