"""Files that a person gives to a form.

Rules: https://docs.slack.dev/reference/block-kit/block-elements/file-input-element
"""

from __future__ import annotations

import mimetypes
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.demo.slack.state.errors import ClientRefused
from bot.demo.slack.state.shapes import file_json
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import File, Json, User

DEFAULT_MAX_FILES = 10
UNSAFE_IN_PATHS = re.compile(r"[^\w.-]")


@dataclass(frozen=True)
class PersonFile:
    """A file on a person's machine."""

    name: str
    content: bytes


def check_files(element: Json, files: Sequence[PersonFile]) -> None:
    """Raise ClientRefused where the client would not take these files."""
    if len(files) > element.get("max_files", DEFAULT_MAX_FILES):
        raise ClientRefused(f"{len(files)} files are too many")
    extensions = element.get("filetypes")
    for file in files:
        if extensions is not None and file.name.rpartition(".")[2].lower() not in extensions:
            raise ClientRefused(f"{file.name} is not one of {extensions}")
        if not file.content:
            raise ClientRefused(f"{file.name} is empty")


def take_file(slack: Workspace, owner: User, given: PersonFile) -> Json:
    """Upload a file in the name of its owner; how it stands in the state of a view."""
    file_id = slack.world.new_id("F")
    path = slack.files / f"{file_id}-{UNSAFE_IN_PATHS.sub('_', given.name)[-80:]}"
    path.write_bytes(given.content)
    kind = mimetypes.guess_type(given.name)[0] or "application/octet-stream"
    file = File(file_id, given.name, len(given.content), "", path, owner.id, given.name, mimetype=kind)
    file.state, file.created = "complete", int(time.time())
    slack.world.files[file_id] = file
    return file_json(slack.world, file)
