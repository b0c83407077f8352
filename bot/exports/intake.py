"""News that come in at the same time are written down together, in one commit, before any of them is answered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from dbos import DBOS, SendMessage
from dbos import error as engine_error

from bot.exports.models import Stored
from bot.exports.waiters import waiters


@dataclass(frozen=True)
class _Letter:
    workflow_id: str
    message: Stored
    topic: str
    key: str
    written: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def addressed(self) -> SendMessage:
        return SendMessage(self.workflow_id, self.message, self.topic, self.key)


class Intake:
    """One commit at a time; whatever comes in meanwhile goes into the next."""

    def __init__(self) -> None:
        self._next: list[_Letter] = []
        self._writing: asyncio.Task[None] | None = None

    async def send(self, workflow_id: str, message: Stored, topic: str, *, key: str) -> None:
        """Returns when it is written down; a key that was used before changes nothing.

        Raises DBOSNonExistentWorkflowError, and what the database raises.
        """
        letter = _Letter(workflow_id, message, topic, key)
        self._next.append(letter)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await letter.written

    async def _write_all(self) -> None:
        try:
            while self._next:
                letters, self._next = self._next, []
                await _write(letters)
        finally:
            self._writing = None


async def _write(letters: Sequence[_Letter]) -> None:
    """All of them at once; with one among them that goes nowhere, each by itself."""
    try:
        await DBOS.send_bulk_async([*{letter.key: letter.addressed for letter in letters}.values()])
    except engine_error.DBOSNonExistentWorkflowError as error:
        if len(letters) == 1:
            _settle(letters, error)
            return
        for letter in letters:
            await _write([letter])
    except Exception as error:  # noqa: BLE001 — whoever waits for the writing deals with it
        _settle(letters, error)
    else:
        _settle(letters)
        await asyncio.gather(*(waiters.wake(letter.workflow_id, letter.topic) for letter in letters))


def _settle(letters: Sequence[_Letter], error: Exception | None = None) -> None:
    for letter in letters:
        if letter.written.done():
            continue
        if error:
            letter.written.set_exception(error)
        else:
            letter.written.set_result(None)
