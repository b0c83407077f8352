"""A root directory like that of an official Python image: this machine's /usr and /etc, a Python, and nothing else.

The mounts need root and a mount namespace of one's own (`unshare --mount`), with which they all go away.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FOLDERS = ("usr", "etc", "proc", "dev", "tmp", "var", "opt", "home", "root")
LINKS = ("bin", "sbin", "lib", "lib64")
DEVICES = ("null", "zero", "random", "urandom")
# As Docker sets it where an image says nothing.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Python(NamedTuple):
    """An installed Python: its version such as 3.13, the folder that it lies in, and the version of its SQLite."""

    version: str
    prefix: Path
    sqlite: str

    @property
    def can_serve(self) -> bool:
        """Whether it can be taken out of its folder, and DBOS gets along with its SQLite.

        From Python 3.12 on DBOS asks SQLite for fractions of a second, which it has since 3.42
        (https://sqlite.org/releaselog/3_42_0.html). Official images have it; a machine may have an older one.
        """
        has_fractions = _numbers(self.version) < (3, 12) or _numbers(self.sqlite) >= (3, 42)
        return has_fractions and self.prefix != Path("/usr")


def find_python(wanted: str) -> Python:
    """One of that version if this machine has it, otherwise the one that runs here.

    Raises FileNotFoundError when neither will do.
    """
    found = [python for command in (f"python{wanted}", sys.executable) for python in _asked(command, wanted)]
    for python in found:
        if python.can_serve:
            return python
    raise FileNotFoundError(f"no Python here can stand for the image's: {', '.join(map(str, found))}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _asked(command: str, wanted: str) -> Iterator[Python]:
    """What a command says of itself; nothing when there is none."""
    question = (
        "import sqlite3, sys; print(*sys.version_info[:2], sep='.'); print(sys.base_prefix, sqlite3.sqlite_version)"
    )
    environment = {**os.environ, "PYENV_VERSION": wanted}  # where pyenv is, its commands stand for several versions
    if shutil.which(command):
        answer = subprocess.run([command, "-c", question], capture_output=True, text=True, check=False, env=environment)
        if answer.returncode == 0:
            version, prefix, sqlite = answer.stdout.split()
            yield Python(version, Path(prefix), sqlite)


def copy_python(python: Python, into: Path) -> None:
    """What an official image has below /usr/local: the interpreter with its library, and pip."""
    unwanted = shutil.ignore_patterns("site-packages", "test", "__pycache__", "*.a")
    library = f"lib/python{python.version}"
    shutil.copytree(python.prefix / library, into / library, symlinks=True, ignore=unwanted)
    (into / "bin").mkdir()
    for file in (*python.prefix.glob("bin/python*"), *python.prefix.glob("lib/libpython*.so*")):
        shutil.copy2(file, into / file.relative_to(python.prefix), follow_symlinks=False)
    (into / "bin/python").unlink(missing_ok=True)
    (into / "bin/python").symlink_to(f"python{python.version}")
    libraries = {"LD_LIBRARY_PATH": str(into / "lib")}
    subprocess.run([into / "bin/python", "-m", "ensurepip"], env=libraries, check=True, stdout=subprocess.DEVNULL)


class Root:
    """A fresh root directory at `folder / name`. Whatever is written to it stays below `folder`."""

    def __init__(self, folder: Path, name: str, python: Path) -> None:
        self._folder = folder
        self.path = folder / name
        self.path.mkdir()
        mount("--bind", self.path, self.path)
        for each in FOLDERS:
            (self.path / each).mkdir()
        for each in LINKS:
            (self.path / each).symlink_to(Path("/", each).readlink())
        (self.path / "tmp").chmod(0o1777)
        self._overlays = [self._overlay(Path("/usr"), "usr"), self._overlay(Path("/etc"), "etc")]
        self._overlays.append(self._overlay(python, "usr/local"))
        mount("--rbind", "/proc", self.path / "proc")
        self._give_devices()
        self._give_names()
        self.run(["ldconfig"], {"PATH": PATH})

    def run(self, command: Sequence[str], environment: Mapping[str, str], workdir: str = "/") -> None:
        """As root. Raises CalledProcessError."""
        subprocess.run(self.within(["env", f"--chdir={workdir}", *command]), env=dict(environment), check=True)

    def within(self, command: Sequence[str]) -> list[str]:
        """The command that runs this one in here."""
        return [str(shutil.which("chroot")), str(self.path), *command]

    def seal(self, volume: str) -> None:
        """Nothing can be written from now on, except below the volume, which begins as the image has it."""
        place = self.path / volume.lstrip("/")
        mount("--bind", place, place)
        for overlay in self._overlays:
            mount("-o", "remount,ro", overlay)
        mount("-o", "remount,bind,ro", self.path)

    def _overlay(self, lower: Path, at: str) -> Path:
        upper, work = (self._folder / f"{self.path.name}.{at.replace('/', '-')}.{kind}" for kind in ("upper", "work"))
        upper.mkdir()
        work.mkdir()
        mount("-t", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", "overlay", self.path / at)
        return self.path / at

    def _give_devices(self) -> None:
        for device in DEVICES:
            (self.path / "dev" / device).touch()
            mount("--bind", f"/dev/{device}", self.path / "dev" / device)

    def _give_names(self) -> None:
        """Docker gives a container the machine's name servers; on the machine this may be a link to elsewhere."""
        names = self.path / "etc/resolv.conf"
        names.unlink(missing_ok=True)
        names.write_bytes(Path("/etc/resolv.conf").read_bytes())


def mount(*arguments: str | Path) -> None:
    subprocess.run([str(shutil.which("mount")), *arguments], check=True)
