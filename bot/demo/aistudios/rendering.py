"""Rendering: progress that rises over time, webhooks on the way, and a real video at the end."""

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol

from bot.demo.aistudios.account import Account
from bot.demo.aistudios.faults import Faults
from bot.demo.aistudios.records import ExportRequest, Project
from bot.demo.aistudios.webhooks import Webhooks
from bot.demo.changes import Changes
from bot.demo.video import Speaker, VideoFacts

# Neither the vendor's rhythm of webhooks nor its prices are documented: these are ours.
USUAL_STEPS = tuple(float(percent) for percent in range(10, 101, 10))
SECONDS_PER_CREDIT = 10
ALMOST_DONE = 99.9

log = logging.getLogger(__name__)


class Render(Protocol):
    """Makes the video file of one export; called in a worker thread."""

    def __call__(
        self, path: Path, *, script: str, speaker: Speaker, language: str, resolution: str = "1080"
    ) -> VideoFacts: ...


class VideoShelf:
    """The video files, each made once per distinct script, avatar and size, one at a time."""

    def __init__(self, folder: Path, render: Render) -> None:
        self._folder = folder
        self._render = render
        self._one_at_a_time = asyncio.Lock()
        self._made: dict[Path, VideoFacts] = {}

    async def video(self, account: Account, request: ExportRequest) -> tuple[Path, float]:
        """The file with this export's video and its length in seconds."""
        path = self._folder / f"{_fingerprint(request)}.mp4"
        async with self._one_at_a_time:
            if path not in self._made:
                self._made[path] = await asyncio.to_thread(self._make, path, account, request)
        return path, self._made[path].seconds

    def _make(self, path: Path, account: Account, request: ExportRequest) -> VideoFacts:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._render(
            path,
            script=request.text,
            speaker=account.speaker(request.model, request.language),
            language=request.language,
            resolution=request.resolution,
        )


def _fingerprint(request: ExportRequest) -> str:
    parts = (request.text, request.model, request.language, request.resolution)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


class Renderer:
    """Renders every project in the queue at once, from a single ticking task."""

    def __init__(self, seconds: float, shelf: VideoShelf, webhooks: Webhooks, faults: Faults, changes: Changes) -> None:
        self.projects: dict[str, Project] = {}
        self._seconds = seconds
        self._shelf = shelf
        self._webhooks = webhooks
        self._faults = faults
        self._changes = changes
        self._queue: dict[str, Project] = {}
        self._hold_new = False
        self._base_url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, base_url: str) -> None:
        """Begin to tick, and go on with what a stop left unfinished. Videos lie under `base_url`."""
        self._base_url = base_url
        for project in self._queue.values():
            self._spawn(self._make_video(project))
        self._spawn(self._tick())

    async def stop(self) -> None:
        """Stop ticking; what was rendering stays where it is."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def add(self, account: Account, request: ExportRequest) -> Project:
        """Keep a new project and, when it is to be exported, render it."""
        script = self._faults.progress_script
        steps = USUAL_STEPS if script is None else _until_done(script)
        project = Project(account, request, steps, scripted=script is not None, held=self._hold_new)
        self.projects[project.id] = project
        if request.is_export:
            project.state = "exporting"
            self._queue[project.id] = project
            self._spawn(self._make_video(project))
        self._changes.announce()
        return project

    def delete(self, project_id: str) -> bool:
        """Forget a project and stop its rendering; False when there is none."""
        self._queue.pop(project_id, None)
        found = self.projects.pop(project_id, None) is not None
        self._changes.announce()
        return found

    def hold(self, project_id: str | None = None) -> None:
        """Stops the progress and the webhooks of one project, or of all of them and those to come."""
        self._set_held(project_id, held=True)

    def release(self, project_id: str | None = None) -> None:
        """Ends a `hold` of one project, or of all of them."""
        self._set_held(project_id, held=False)

    def _set_held(self, project_id: str | None, *, held: bool) -> None:
        if project_id is not None:
            self.projects[project_id].held = held
            return
        self._hold_new = held
        for project in self.projects.values():
            project.held = held

    def fail(self, project_id: str) -> None:
        """Ends a rendering as failed, without a webhook: that has no field for it."""
        project = self.projects[project_id]
        self._queue.pop(project_id, None)
        project.state = "failed"
        project.touch()
        self._changes.announce()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make_video(self, project: Project) -> None:
        try:
            project.video, project.video_seconds = await self._shelf.video(project.account, project.request)
        except Exception:  # whatever the drawing fails at, the render has failed, as at the real one
            log.exception("rendering of project %s failed", project.id)
            self.fail(project.id)

    async def _tick(self) -> None:
        pause = min(0.1, max(0.01, self._seconds / 20))
        last = time.monotonic()
        while True:
            await asyncio.sleep(pause)
            now = time.monotonic()
            self._advance_all(now - last)
            last = now

    def _advance_all(self, seconds: float) -> None:
        moving = [project for project in self._queue.values() if not project.held]
        for project in moving:
            self._advance(project, seconds)
        if moving:
            self._changes.announce()

    def _advance(self, project: Project, seconds: float) -> None:
        project.rendered_seconds += seconds
        share = min(1.0, project.rendered_seconds / self._seconds) if self._seconds else 1.0
        if not project.scripted:
            project.progress = min(share * 100, ALMOST_DONE)
        for step in project.steps[project.steps_reached : int(share * len(project.steps))]:
            if step >= 100 and project.video is None:
                return
            project.steps_reached += 1
            self._reach(project, step)
        if project.steps_reached == len(project.steps):
            self._queue.pop(project.id, None)

    def _reach(self, project: Project, step: float) -> None:
        if step >= 100:
            self._finish(project)
        elif project.scripted:
            project.progress = step
        project.touch()
        self._webhooks.announce(project, min(100, int(step)))

    def _finish(self, project: Project) -> None:
        project.state = "exported"
        project.progress = 100.0
        project.credit = max(1, math.ceil(project.video_seconds / SECONDS_PER_CREDIT))
        project.account.pay(project.credit)
        if not self._faults.done_without_url:
            project.download_url = f"{self._base_url}/videos/{project.id}.mp4"


def _until_done(script: Sequence[float]) -> tuple[float, ...]:
    """The scripted values up to the first 100: nothing renders on after that."""
    done = next((index for index, value in enumerate(script) if value >= 100), len(script))
    return tuple(script[: done + 1])
