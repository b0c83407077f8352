"""The Dockerfile as it is written; `python -m tests.image.run` carries it out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from bot.__main__ import NO_DEMO
from bot.settings import Settings
from tests.image.build import sent_files
from tests.image.dockerfile import CHECKOUT, Stage, exec_form, health_check, is_sent, stages, variables

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
IGNORED = (CHECKOUT / ".dockerignore").read_text().splitlines()
STAGES = stages((CHECKOUT / "Dockerfile").read_text())
IMAGE = STAGES[-1]


def words(stage: Stage, keyword: str) -> list[str]:
    return [each.words for each in stage.instructions if each.keyword == keyword]


def locked(name: str) -> dict[str, str]:
    """The versions of a lock, by package. Each has hashes, and may name extras."""
    entries = re.findall(
        r"^([a-z0-9._-]+)(?:\[[a-z0-9,._-]+\])?==([^ ;]+)[^\n]*\\\n((?:    --hash=.*\n)+)", lock(name), re.MULTILINE
    )
    assert len(entries) == len(re.findall(r"^\w", lock(name), re.MULTILINE)), "an entry has no hash"
    return {canonicalize_name(package): version for package, version, _ in entries}


def lock(name: str) -> str:
    return (CHECKOUT / ".ci" / name).read_text()


def test_it_runs_as_a_number_that_is_not_root() -> None:
    """Kubernetes' runAsNonRoot takes numbers only; what the user may write is given to them."""
    user, _, group = IMAGE.last("USER").partition(":")
    assert int(user) > 0 < int(group)
    [made] = [each for each in words(IMAGE, "RUN") if "install --directory" in each]
    assert f"--owner={user} --group={group} {IMAGE.last('VOLUME')}" in made
    assert IMAGE.last("WORKDIR") == IMAGE.last("VOLUME")


@pytest.mark.parametrize("keyword", ["ENTRYPOINT", "CMD"])
def test_signals_arrive(keyword: str) -> None:
    """No shell stands between the engine and the bot."""
    assert "sh" not in exec_form(IMAGE.last(keyword))


def test_the_health_check_asks_where_the_bot_listens() -> None:
    """The port is that of the settings, when nothing is set."""
    default = Settings.model_fields["port"].default
    assert IMAGE.last("EXPOSE") == str(default)
    assert f"os.environ.get('PORT', '{default}') + '/healthz'" in health_check(IMAGE.last("HEALTHCHECK"))[-1]


def test_what_is_copied_is_sent_to_the_build() -> None:
    """.dockerignore lets through what the Dockerfile names."""
    sources = [each.split()[0] for stage in STAGES for each in words(stage, "COPY") if not each.startswith("--")]
    assert sources
    assert [source for source in sources if not is_sent(PurePosixPath(source), IGNORED)] == []


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "avatar-bot.db",
        ".git/config",
        "tests/conftest.py",
        "bot/__pycache__/app.pyc",
        "tests/bot/x.py",
        "bot/demo/run.py",
    ],
)
def test_nothing_else_is_sent_to_the_build(path: str) -> None:
    """Secrets, data and whatever else lies about come into no image."""
    assert not is_sent(PurePosixPath(path), IGNORED)


@pytest.mark.parametrize("arguments", [(), ("--script", "Hello!"), ("--no-browser",)])
def test_the_image_carries_no_demo(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Of the package all is sent but the demo, and the command says so in plain words, with exit code 2."""
    for file in sent_files("bot"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / file, tmp_path / file)
    rooms = {path.name for path in (CHECKOUT / "bot").iterdir() if (path / "__init__.py").exists()}
    assert rooms - {path.name for path in (tmp_path / "bot").iterdir()} == {"demo"}
    command = [sys.executable, "-m", "bot", "demo", *arguments]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", f"{NO_DEMO}\n")


def test_its_python_is_one_that_the_package_allows() -> None:
    """Both stages have the same one, so that what is built in the first works in the second."""
    [base] = {stage.base for stage in STAGES}
    found = re.fullmatch(r"python:(3\.\d+)-slim", base)
    assert found
    assert found[1] in SpecifierSet(PROJECT["requires-python"])


def test_the_image_has_what_the_tests_ran_with() -> None:
    """Every package of its lock has the same version in the lock of the tests."""
    tested = locked("test.lock")
    assert {name: tested.get(name) for name in locked("runtime.lock")} == locked("runtime.lock")


def test_the_lock_has_what_the_package_needs() -> None:
    """Each requirement, and that for traces, is there in a version that it allows."""
    versions = locked("runtime.lock")
    wanted = [Requirement(each) for each in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["otel"])]
    unmet = [
        str(each) for each in wanted if not each.specifier.contains(versions.get(canonicalize_name(each.name), "0"))
    ]
    assert unmet == []


def test_a_dockerfile_is_read_as_docker_does() -> None:
    """Comments and empty lines go, continued lines are one, and a variable stands for its value so far."""
    text = "# a\nFROM one AS first\nRUN a \\\n    # b\n    && c\n\nFROM two\nENV PATH=/x:$PATH \\\n    A=b\n"
    [first, second] = stages(text)
    assert (first.base, first.name, first.last("RUN")) == ("one", "first", "a && c")
    assert variables(second.last("ENV"), {"PATH": "/bin"}) == {"PATH": "/x:/bin", "A": "b"}
