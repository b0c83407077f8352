"""The state of a render: its progress, what to show, and how long to wait for messages. Pure: reads no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.exports.models import Edit, Gathered, PollSettings, Reading, Status

# Slack advises at most one edit every 3 s for long tasks (docs.slack.dev, chat.update).
EDIT_INTERVAL = 3.0
# The first progress and the half are shown at once, all else in intervals that grow with the render.
# An export thus needs a dozen calls to Slack, whatever AI Studios sends; the Home tab shows every percent.
MILESTONES = (1, 50)
SHORTEST_INTERVAL = 60.0
SILENT_POLLS = 8
MISSING_READS = 5
READS_WITHOUT_LINK = 40
# More than this between two recorded times is a clock that was set, or a bot that was down: neither is the render's own
# time (seconds).
LONGEST_GAP = 120.0
MIN_PERCENT_FOR_ESTIMATE = 5
SHORTEST_WAIT = 0.05


@dataclass(frozen=True, slots=True)
class RenderProgress:
    """The state of one render.

    Times are seconds on a virtual clock advanced by the recorded times, so that a replay computes equal states. It
    never runs backwards, and a jump of the machine's clock moves it by no more than LONGEST_GAP. Only `heard_at` is
    Unix time: of the first webhook whose progress no edit has shown yet.
    """

    started_at: float
    poll_seconds: float
    timeout_seconds: float
    now: float
    news_at: float
    moved_at: float
    shown_at: float
    wall: float
    percent: int = 0
    download_url: str | None = None
    credit: int | None = None
    shown: tuple[int, bool] | None = None
    told_ready: bool = False
    quiet_polls: int = 0
    missing_reads: int = 0
    linkless_reads: int = 0
    failed: bool = False
    disconnected: bool = False
    heard_at: float | None = None

    @classmethod
    def begin(cls, at: float, settings: PollSettings) -> "RenderProgress":
        """The state after AI Studios accepted at `at` (Unix seconds); the thread does not show it yet."""
        return cls(
            started_at=at,
            poll_seconds=settings.poll_seconds,
            timeout_seconds=settings.timeout_seconds,
            now=at,
            news_at=at,
            moved_at=at,
            shown_at=at,
            wall=at,
        )

    @property
    def finished(self) -> bool:
        return self.percent >= 100 and self.download_url is not None

    @property
    def gone(self) -> bool:
        return self.missing_reads >= MISSING_READS

    @property
    def linkless(self) -> bool:
        """Whether AI Studios has reported 100 percent several times without a video."""
        return self.linkless_reads >= READS_WITHOUT_LINK

    @property
    def overdue(self) -> bool:
        return self.now - self.started_at >= self.timeout_seconds

    @property
    def silent(self) -> bool:
        return self.quiet_polls >= SILENT_POLLS

    @property
    def unshown(self) -> bool:
        return not self.finished and self.shown != (self.percent, self.silent)

    @property
    def edit_due(self) -> bool:
        return self.unshown and self.now - self.shown_at >= self._interval_until(self.percent)

    @property
    def ask_due(self) -> bool:
        return self.told_ready or self.now - self.news_at >= self.poll_seconds

    def due(self, arrivals: Sequence[tuple[int, float]]) -> float:
        """Seconds to wait from now on, given the percents that have arrived, each with its time in seconds.

        After that a poll, a delayed edit or the timeout is due. At 100 percent that is at once.
        """
        end = next((at for percent, at in arrivals if percent >= 100), None)
        if end is not None:
            return end
        last_news = max((at for _, at in arrivals), default=self.news_at - self.now)
        moments = [last_news + self.poll_seconds, self.started_at + self.timeout_seconds - self.now]
        percent = max((percent for percent, _ in arrivals), default=0)
        if self.unshown or percent > self.percent:
            moments.append(self.shown_at - self.now + self._interval_until(max(percent, self.percent)))
        return max(SHORTEST_WAIT, min(moments))

    @property
    def status(self) -> Status:
        if self.silent:
            return Status(stage="silent", percent=self.percent, seconds_silent=self.now - self.moved_at)
        if self.percent == 0:
            return Status(stage="submitted")
        return Status(stage="rendering", percent=self.percent, seconds_left=self._seconds_left())

    def heard(self, gathered: Gathered) -> "RenderProgress":
        """The state after a wait. A webhook with 100 percent only causes a poll: its own link is not trusted."""
        after = replace(self, now=self.now + gathered.waited, wall=gathered.at)
        progress = gathered.progress
        if progress is None:
            return after
        after = after._moved(min(progress.progress, 99), after.now - (gathered.quiet or 0.0))
        return replace(
            after,
            told_ready=progress.progress >= 100,
            credit=progress.credit if progress.credit is not None else self.credit,
            heard_at=progress.at if self.heard_at is None else self.heard_at,
        )

    def read(self, reading: Reading) -> "RenderProgress":
        """The state after a poll of AI Studios."""
        url = reading.download_url or self.download_url
        percent = int(reading.progress or 0)
        after = self._at(reading.at)
        after = after._moved(percent if url else min(percent, 99), after.now)
        return replace(
            after,
            download_url=url,
            told_ready=False,
            quiet_polls=0 if after.percent > self.percent else self.quiet_polls + 1,
            missing_reads=self.missing_reads + 1 if reading.problem == "gone" else 0,
            linkless_reads=self.linkless_reads + 1 if percent >= 100 and not url else 0,
            failed=reading.problem == "failed",
            disconnected=reading.problem == "disconnected",
        )

    def edited(self, edit: Edit) -> "RenderProgress":
        """The state after an edit of the thread; a failed edit is repeated when the next is due."""
        after = self._at(edit.at)
        if not edit.landed:
            return replace(after, shown_at=after.now)
        return replace(after, shown_at=after.now, shown=(self.percent, self.silent), heard_at=None)

    def _interval_until(self, percent: int) -> float:
        """The minimum seconds between the last edit and one that shows this percent."""
        if self.shown is None:
            return EDIT_INTERVAL
        shown, silent = self.shown
        if silent != self.silent or any(shown < milestone <= percent for milestone in MILESTONES):
            return EDIT_INTERVAL
        return max(SHORTEST_INTERVAL, self.shown_at - self.started_at)

    def _at(self, wall: float) -> "RenderProgress":
        passed = min(max(wall - self.wall, 0.0), max(LONGEST_GAP, self.poll_seconds))
        return replace(self, now=self.now + passed, wall=wall)

    def _moved(self, percent: int, at: float) -> "RenderProgress":
        after = replace(self, news_at=at)
        if percent <= self.percent:
            return after
        return replace(after, percent=percent, moved_at=at, quiet_polls=0)

    def _seconds_left(self) -> float | None:
        if self.percent < MIN_PERCENT_FOR_ESTIMATE:
            return None
        elapsed = self.moved_at - self.started_at
        return elapsed * (100 - self.percent) / self.percent
