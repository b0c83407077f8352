"""Builds what the Dockerfile says, instruction by instruction."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.image.dockerfile import CHECKOUT, Instruction, Stage, is_sent, variables
from tests.image.root import PATH, Root

# Nothing is done for these as an image is built.
DESCRIBED = frozenset({"VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD"})
REACHING_OUT = ("PIP_INDEX_URL", "PIP_CERT", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass
class Image:
    """A root directory, and how something is started in it."""

    root: Root
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    workdir: str = "/"
    user: str = "0:0"

    def place(self, inside: str) -> Path:
        """Where a path of the image, from its working directory on, lies on this machine."""
        return self.root.path / str(PurePosixPath(self.workdir, inside)).lstrip("/")


def build(plan: Sequence[Stage], folder: Path, python: Path) -> Image:
    """The image of the last stage.

    Raises CalledProcessError, OSError, KeyError or ValueError when something in the Dockerfile is wrong.
    """
    images: dict[str, Image] = {}
    for number, stage in enumerate(plan):
        images[stage.name] = Image(Root(folder, f"stage{number}", python))
        for instruction in stage.instructions:
            print(f"  {instruction.keyword} {instruction.words}", flush=True)
            _carry_out(instruction, images[stage.name], images)
    return images[plan[-1].name]


def _carry_out(instruction: Instruction, image: Image, images: Mapping[str, Image]) -> None:
    match instruction.keyword:
        case "RUN":
            shell = ["/bin/sh", "-c", instruction.words]
            image.root.run(shell, _reaching_out() | image.environment, image.workdir)
        case "COPY":
            _copy(instruction.words.split(), image, images)
        case "ENV":
            image.environment |= variables(instruction.words, image.environment)
        case "WORKDIR":
            image.workdir = instruction.words
            image.place(".").mkdir(parents=True, exist_ok=True)
        case "USER":
            image.user = instruction.words
        case other if other not in DESCRIBED:
            raise ValueError(f"nobody here knows how to carry out {other}")


def _reaching_out() -> dict[str, str]:
    """How this machine reaches the package index, as an engine gives its proxies to a build."""
    return {name: os.environ[name] for name in REACHING_OUT if name in os.environ} | {"PIP_QUIET": "1"}


def _copy(words: Sequence[str], image: Image, images: Mapping[str, Image]) -> None:
    *options, source, target = words
    place = image.place(target)
    if options:
        origin = images[options[0].removeprefix("--from=")].place(source)
        shutil.copytree(origin, place, symlinks=True, dirs_exist_ok=True)
        return
    if not (files := list(sent_files(source))):
        raise FileNotFoundError(f"the build is not given {source}")
    for file in files:
        below = file.relative_to(source) if file != Path(source) else Path(file.name)
        copied = place / below if target.endswith("/") or file != Path(source) else place
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / file, copied)


def sent_files(source: str) -> Iterator[Path]:
    """The files at a path of the checkout that .dockerignore lets through, from the checkout on."""
    ignored = (CHECKOUT / ".dockerignore").read_text().splitlines()
    origin = CHECKOUT / source
    for file in origin.rglob("*") if origin.is_dir() else [origin]:
        below = file.relative_to(CHECKOUT)
        if file.is_file() and is_sent(PurePosixPath(below), ignored):
            yield below
