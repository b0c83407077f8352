"""Whether what the bot is shipped with has known vulnerabilities: `python -m tests.deployment.audit`.

Fails for a vulnerability and never for the network: where PyPI's database cannot be asked, that is said.
It is read by pip-audit (https://github.com/pypa/pip-audit).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[2] / ".ci/runtime.lock"


def main() -> int:
    options = ["--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off"]
    command = [sys.executable, "-m", "pip_audit", *options, "--requirement", str(LOCK)]
    audit = subprocess.run(command, capture_output=True, text=True, check=False)
    words, code = judged(audit.stdout, audit.stderr)
    print(words)
    return code


def judged(report: str, complaints: str) -> tuple[str, int]:
    """What pip-audit found, in words, and the exit code.

    It says that nothing is known of packages that its database does not have, as a mirror without one answers.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except ValueError:
        reason = (complaints.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return f"NOT AUDITED, the database of vulnerabilities was not reached: {reason}", 0
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        return f"NOT AUDITED, the database of vulnerabilities knows none of these {len(packages)} packages", 0
    found = [_described(package, known) for package in audited for known in package["vulns"]]
    return "\n".join([f"audited: {len(audited)} of {len(packages)} packages", *found]), 1 if found else 0


def _described(package: dict[str, Any], known: dict[str, Any]) -> str:
    mended = ", ".join(known["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {known['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
