"""What is kept of a request whose promises were broken: its thread, its bills, and its projects."""

import json
from collections.abc import Iterator
from pathlib import Path

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.chaos.findings import Case, Findings
from tests.chaos.threads import Threads


def keep_evidence(findings: Findings, stage: Stage, threads: Threads, folder: Path) -> None:
    """Writes the table, and for each broken promise what can be known of it from outside."""
    broken = [case for case in findings.cases if case.broken_promises or case.roots > 1]
    paragraphs = ["\n".join(_paragraph(case, stage, threads)) for case in broken]
    (folder / "findings.txt").write_text("\n\n".join([findings.table(), *paragraphs]) + "\n", encoding="utf-8")


def _paragraph(case: Case, stage: Stage, threads: Threads) -> Iterator[str]:
    request = case.request
    yield f"{request.token}: {', '.join(case.broken_promises) or 'announced more than once'}"
    yield f"  {request.person} in {request.place}, answers {request.answers}"
    for message in [*threads.roots(request), *threads.replies(request)]:
        yield from _described(message)
    for project in stage.studio.projects.values():
        if project.request.text == request.script:
            yield f"  project {project.id}: {project.state}, made {project.created_at}, touched {project.updated_at}"


def _described(message: Message) -> Iterator[str]:
    files = [file.id for file in message.files]
    yield f"  {message.ts} in {message.thread_ts or 'the channel'}, notified {sorted(message.notified)}, files {files}"
    yield f"    {json.dumps(message.metadata)}"
    yield f"    {message.text}"
    for edit in message.edits:
        yield f"    edited: {edit.text}"
