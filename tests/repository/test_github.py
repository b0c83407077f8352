"""What GitHub reads: workflows, Dependabot, issue forms, and the pages beside them. .ci/run lints their syntax."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from typing import Any

import yaml

from tests.image.dockerfile import CHECKOUT

GITHUB = CHECKOUT / ".github"
WORKFLOWS = {path.name: path.read_text(encoding="utf-8") for path in (GITHUB / "workflows").glob("*.yml")}
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def workflow(name: str) -> dict[str, Any]:
    """A workflow as GitHub reads it."""
    read: dict[str, Any] = yaml.safe_load(WORKFLOWS[name])
    return read


def jobs() -> dict[str, dict[str, Any]]:
    """Every job, by its workflow and its name."""
    return {f"{file}: {name}": job for file in WORKFLOWS for name, job in workflow(file)["jobs"].items()}


def test_each_action_is_pinned() -> None:
    """A tag can be moved to other code, a commit cannot; its version stands behind it, for Dependabot too."""
    used = [line.strip() for line in chain.from_iterable(map(str.splitlines, WORKFLOWS.values())) if "uses:" in line]
    pinned = re.compile(r"(- )?uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert used
    assert [line for line in used if not pinned.fullmatch(line) and line != "uses: ./.github/workflows/tests.yml"] == []


def test_one_action_has_one_version() -> None:
    """The same commit everywhere."""
    found = set(re.findall(r"uses: ([\w/-]+)@(\w+ # \S+)", "\n".join(WORKFLOWS.values())))
    assert len({action for action, _ in found}) == len(found)


def test_jobs_may_do_only_what_they_need() -> None:
    """Nothing is granted for a whole workflow beyond reading, and no job may write two things."""
    for name in WORKFLOWS:
        assert workflow(name)["permissions"] in ({}, {"contents": "read"}), name
    for name, job in jobs().items():
        writing = [scope for scope, right in job.get("permissions", {}).items() if right == "write"]
        assert len(writing) <= 1, name


def test_a_checkout_keeps_no_credentials() -> None:
    """What runs after it cannot push."""
    steps = [step for job in jobs().values() for step in job.get("steps", [])]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


def test_each_job_ends() -> None:
    """It has a limit of its own, unless it is a workflow that has."""
    assert [name for name, job in jobs().items() if "uses" not in job and "timeout-minutes" not in job] == []


def test_the_tests_run_on_each_python_that_is_promised() -> None:
    """The matrix, the classifiers and the oldest version are the same list."""
    everything = workflow("tests.yml")["jobs"]["everything"]
    tested = everything["strategy"]["matrix"]["python"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert tested == promised
    assert PROJECT["requires-python"] == f">={tested[0]}"
    assert ".ci/run" in [step.get("run") for step in everything["steps"]]


def test_nothing_is_released_before_the_tests_have_passed() -> None:
    """The image waits for them, and the release for the image."""
    needs = {name: job.get("needs", []) for name, job in workflow("release.yml")["jobs"].items()}
    assert "tests" in needs["image"]
    assert {"image", "packages"} <= set(needs["release"])


def test_the_image_says_what_is_in_it() -> None:
    """It is pushed with an SBOM and its provenance."""
    [build] = [
        step
        for step in workflow("release.yml")["jobs"]["image"]["steps"]
        if step.get("uses", "").startswith("docker/build-push-action@")
    ]
    assert (build["with"]["push"], build["with"]["sbom"], build["with"]["provenance"]) == (True, True, "mode=max")


def test_dependabot_looks_after_all_that_is_pinned() -> None:
    """Packages, the base of the image, and the actions."""
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"pip", "docker", "github-actions"}
    assert [update for update in updates if not (CHECKOUT / update["directory"].lstrip("/")).is_dir()] == []


def test_a_report_of_a_bug_has_what_the_bot_says_of_itself() -> None:
    """The form asks for the output of `avatar-bot check`, and asks nobody for secrets."""
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE/bug.yml").read_text(encoding="utf-8"))
    [check] = [field for field in form["body"] if "avatar-bot check" in field["attributes"].get("label", "")]
    assert check["validations"]["required"] is True
    assert "leave out tokens" in form["body"][0]["attributes"]["value"]


def test_links_of_the_pages_lead_somewhere() -> None:
    """Those to files; the pages say where to read on."""
    for page in (*GITHUB.glob("*.md"), CHECKOUT / "CHANGELOG.md"):
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert "://" in link or (page.parent / link).exists(), f"{page.name}: {link}"


def test_contributors_are_told_what_there_is() -> None:
    """Each path that the page names is there, and it is half a page."""
    page = (GITHUB / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = [path for path in re.findall(r"`([\w./-]+)`", page) if "/" in path]
    assert named
    assert [path for path in named if not (CHECKOUT / path).exists()] == []
    assert len(page.splitlines()) <= 40
