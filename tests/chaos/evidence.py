"""What is kept of a request whose promises were broken: its thread, its bills, and its projects."""

import json
from collections.abc import Iterator
from pathlib import Path

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.chaos.threads import Threads
from tests.chaos.verdict import Case, Verdict


def keep_evidence(verdict: Verdict, stage: Stage, threads: Threads, folder: Path) -> None:
    """Writes the table, and for each broken promise what can be known of it from outside."""
    broken = [case for case in verdict.cases if case.broken_promises or case.roots > 1]
    paragraphs = ["\n".join(_paragraph(case, stage, threads)) for case in broken]
    (folder / "verdict.txt").write_text("\n\n".join([verdict.table(), *paragraphs]) + "\n", encoding="utf-8")


def _paragraph(case: Case, stage: Stage, threads: Threads) -> Iterator[str]:
    wish = case.wish
    yield f"{wish.token}: {', '.join(case.broken_promises) or 'announced more than once'}"
    yield f"  {wish.person} in {wish.place}, answers {wish.answers}"
    for message in [*threads.roots(wish), *threads.replies(wish)]:
        yield from _described(message)
    for project in stage.studio.projects.values():
        if project.request.text == wish.script:
            yield f"  project {project.id}: {project.state}, made {project.created_at}, touched {project.updated_at}"


def _described(message: Message) -> Iterator[str]:
    files = [file.id for file in message.files]
    yield f"  {message.ts} in {message.thread_ts or 'the channel'}, notified {sorted(message.notified)}, files {files}"
    yield f"    {json.dumps(message.metadata)}"
    yield f"    {message.text}"
    for edit in message.edits:
        yield f"    edited: {edit.text}"
