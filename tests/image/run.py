"""Builds the image, and makes a video with it as its user, on files that cannot be written.

    sudo unshare --mount .venv/bin/python -m tests.image.run

The mounts are this process's own and go with it. What only a container engine has, its networks and its limits, is
not there; a Python of another version may stand for the image's, and then that is said.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bot.__main__ import NO_DEMO
from bot.demo.process import BotProcess, Process
from bot.demo.stage import Stage as Scene
from bot.settings import Settings
from tests.image.build import Image, build
from tests.image.dockerfile import CHECKOUT, Stage, exec_form, health_check, stages
from tests.image.root import copy_python, find_python, mount
from tests.scenarios.scene import make_video, quickly_staged, until_video

# Hidden below our own file system for as long as we run.
FOLDER = Path("/mnt")
LOCK = CHECKOUT / ".ci/runtime.lock"
INSTALLED = """
import re
from importlib.metadata import distributions
print(*(re.sub("[-_.]+", "-", each.metadata["Name"]).lower() for each in distributions()))
"""
# `docker stop` kills after so long.
STOP_SECONDS = 10.0


class Container:
    """Starts the image's command, as an engine would with --read-only, --cap-drop=ALL and no-new-privileges."""

    def __init__(self, image: Image, described: Stage) -> None:
        self._image = image
        self._described = described

    async def spawn(self, _module: str, _folder: Path, environment: Mapping[str, str], log: Path) -> Process:
        """In place of a bot of the checkout; of this machine's environment it has only the bot's settings."""
        command = [*exec_form(self._described.last("ENTRYPOINT")), *exec_form(self._described.last("CMD"))]
        with log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *self._contained(command), env=self._environment(environment), stdout=output, stderr=output
            )

    def is_healthy(self, port: int) -> bool:
        """What the image's health check says."""
        command = self._contained(health_check(self._described.last("HEALTHCHECK")))
        environment = self._environment({"PORT": str(port)})
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of the image's, to its end."""
        return self.execute(*exec_form(self._described.last("ENTRYPOINT")), *arguments)

    def execute(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Any program of the image's, as `docker run --entrypoint` does, to its end."""
        command = self._contained([*words])
        return subprocess.run(command, env=self._environment({}), capture_output=True, text=True, check=False)

    def _contained(self, command: list[str]) -> list[str]:
        user, _, group = self._image.user.partition(":")
        as_user = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
        without = ["--inh-caps=-all", "--bounding-set=-all", "env", f"--chdir={self._image.workdir}"]
        return self._image.root.within([*as_user, *without, *command])

    def _environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        ours = {name.upper() for name in Settings.model_fields}
        return self._image.environment | {name: value for name, value in environment.items() if name in ours}


def main() -> int:
    """Exit code 0 when all of it works, 3 where this machine cannot tell."""
    plan = stages((CHECKOUT / "Dockerfile").read_text())
    wanted = plan[-1].base.removeprefix("python:").removesuffix("-slim")
    try:
        python = find_python(wanted)
    except FileNotFoundError as missing:
        print(missing)
        return 3
    print(f"building with Python {python.version} and its SQLite {python.sqlite}; the image has Python {wanted}")
    mount("-t", "tmpfs", "tmpfs", FOLDER)
    copy_python(python, FOLDER / "python")
    if python.version != wanted:
        _look_for_wheels(wanted, FOLDER / "python/bin/python")
    image = build(plan, FOLDER, FOLDER / "python")
    image.root.seal(plan[-1].last("VOLUME"))
    container = Container(image, plan[-1])
    _ask_for_the_demo(container)
    _look_what_is_installed(container)
    asyncio.run(_play(container))
    return 0


def _look_for_wheels(wanted: str, python: Path) -> None:
    """The image has no compiler: there must be a wheel of everything for its Python."""
    platforms = [f"--platform={tag}_x86_64" for tag in ("manylinux_2_28", "manylinux2014", "manylinux1")]
    options = ["-qq", "--dry-run", "--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir"]
    which = [f"--python-version={wanted}", *platforms, f"--target={FOLDER / 'nothing'}", "--requirement", str(LOCK)]
    subprocess.run([python, "-m", "pip", "install", *options, *which], check=True)
    print(f"there is a wheel for Python {wanted} of everything in the lock")


def _ask_for_the_demo(container: Container) -> None:
    answer = container.run("demo")
    assert (answer.returncode, answer.stderr.strip()) == (2, NO_DEMO), answer
    print("the image has no demo, and says so")


def _look_what_is_installed(container: Container) -> None:
    answer = container.execute("python", "-c", INSTALLED)
    installed = set(answer.stdout.split())
    assert installed, answer
    assert installed <= set(re.findall(r"^([a-z0-9-]+)(?:\[.+\])?==", LOCK.read_text(), re.MULTILINE)), installed
    print(f"the image has {len(installed)} packages, all of them from its lock, and none that only the demo needs")


async def _play(container: Container) -> None:
    BotProcess.spawn = staticmethod(container.spawn)
    async with quickly_staged(FOLDER / "scene") as scene:
        scene.studio.faults.add("/videos", times=None, without_length=True)  # such a video is written to a file first
        await until_video(scene, await make_video(scene))
        print(f"a video was made by {_identity(scene)}")
        assert container.is_healthy(scene.bot.port), "the health check fails while the bot serves"
        await _stop(scene)
        assert not container.is_healthy(scene.bot.port), "the health check says well of a bot that is gone"
        assert "Traceback" not in scene.bot.log.read_text(), scene.bot.log_tail()


def _identity(scene: Scene) -> str:
    """The user and the capabilities of the bot's process (proc_pid_status(5))."""
    lines = Path(f"/proc/{scene.bot.pid}/status").read_text().splitlines()
    state = dict(line.split(":\t", 1) for line in lines)
    assert "0" not in state["Uid"].split(), "the bot runs as root"
    assert int(state["CapEff"], 16) == 0, "the bot has capabilities"
    return f"user {state['Uid'].split()[0]}"


async def _stop(scene: Scene) -> None:
    began = time.monotonic()
    code = await scene.bot.stop()
    seconds = time.monotonic() - began
    assert code == 0, f"the bot ended with {code}:\n{scene.bot.log_tail()}"
    assert seconds < STOP_SECONDS, f"an engine would have killed it: the stop took {seconds:.0f} s"
    print(f"stopped in order after {seconds:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
