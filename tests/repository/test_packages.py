"""The wheel and the source that a release carries."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

import pytest

from tests.image.dockerfile import CHECKOUT


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both, as the release builds them: the wheel from the source, with the tools of the lock."""
    folder = tmp_path_factory.mktemp("packages")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked."""
    [file] = packages.glob("*.whl")
    folder = tmp_path_factory.mktemp("wheel")
    shutil.unpack_archive(file, folder, "zip")
    return folder


def files_below(folder: Path) -> set[PurePosixPath]:
    """The files in a folder, from there on, without what Python makes."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {PurePosixPath(path.relative_to(folder)) for path in found}


def test_the_wheel_is_the_bot_and_nothing_else(wheel: Path) -> None:
    """Modules, catalogues and the page of the demo as they are here, and the manifest beside them; no tests."""
    assert files_below(wheel / "bot") == files_below(CHECKOUT / "bot") | {PurePosixPath("manifest.yml")}
    assert {path.name.partition("-")[0] for path in wheel.iterdir()} == {"bot", "avatar_bot"}


def test_the_wheel_works(wheel: Path, tmp_path: Path) -> None:
    """From elsewhere, it prints the manifest that it brings along."""
    code = "import sys, bot.__main__; sys.argv[1:] = ['manifest', '--socket']; print(bot.__file__); bot.__main__.main()"
    command = [sys.executable, "-P", "-c", code]
    answer = subprocess.run(
        command, env={"PYTHONPATH": str(wheel)}, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    origin, _, manifest = answer.stdout.partition("\n")
    assert Path(origin) == wheel / "bot/__init__.py"
    assert "socket_mode_enabled: true" in manifest


def test_the_source_is_what_is_versioned(packages: Path) -> None:
    """All of it, so that the tests can be run from it, and nothing that lies about."""
    git = shutil.which("git")
    if git is None or not (CHECKOUT / ".git").exists():
        pytest.skip("this is no clone")
    [file] = packages.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    command = [git, "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert packed == {name for name in listed if (CHECKOUT / name).exists()} | {"PKG-INFO"}


def test_an_index_could_show_them(packages: Path) -> None:
    """Their metadata is whole, and the README can be rendered."""
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, packages.iterdir())]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
