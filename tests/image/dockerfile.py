"""Reads our Dockerfile and .dockerignore: what they use of these languages, and no more.

https://docs.docker.com/reference/dockerfile/ and https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined."""

    keyword: str
    words: str


@dataclass(frozen=True)
class Stage:
    """What stands from one FROM to the next."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def last(self, keyword: str) -> str:
        """The words of the instruction that counts."""
        return [each.words for each in self.instructions if each.keyword == keyword][-1]


def stages(text: str) -> list[Stage]:
    """The stages of a Dockerfile, in their order."""
    found: list[Stage] = []
    for instruction in _instructions(text):
        if instruction.keyword == "FROM":
            base, _, name = instruction.words.partition(" AS ")
            found.append(Stage(base, name))
        else:
            found[-1].instructions.append(instruction)
    return found


def exec_form(words: str) -> list[str]:
    """A command without a shell in between, so that signals arrive. Raises ValueError when it has one."""
    command: list[str] = json.loads(words)
    return command


def health_check(words: str) -> list[str]:
    """The command of a HEALTHCHECK in its exec form."""
    return exec_form(words.partition("CMD ")[2])


def variables(words: str, known: Mapping[str, str]) -> dict[str, str]:
    """What an ENV sets; `$NAME` stands for a value that is known already."""
    pairs = (pair.partition("=") for pair in words.split())
    return {name: re.sub(r"\$(\w+)", lambda found: known[found[1]], value) for name, _, value in pairs}


def is_sent(path: PurePosixPath, ignored: Sequence[str]) -> bool:
    """Whether the build is given this file, by the rules of a .dockerignore; the last that fits counts."""
    places = [str(place) for place in (path, *path.parents)]
    fitting = [rule for rule in ignored if any(fnmatchcase(place, rule.removeprefix("!")) for place in places)]
    return not fitting or fitting[-1].startswith("!")


def _instructions(text: str) -> Iterator[Instruction]:
    written = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(written)).splitlines():
        keyword, _, words = line.partition(" ")
        yield Instruction(keyword, words.strip())
