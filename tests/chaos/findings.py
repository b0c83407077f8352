"""What was found after a run: what each thread shows, held against what was billed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.demo.aistudios.records import Project
from bot.demo.slack import Message
from bot.demo.stage import Stage
from bot.slack import ids
from tests.chaos.plan import Plan, Request
from tests.chaos.threads import Threads, has_ended, mentions, progress_replies, videos


@dataclass(frozen=True)
class Case:
    """One request as it stands in the end. `owed`: it was accepted, or something of it was done all the same."""

    request: Request
    owed: bool
    ended: bool
    bills: int
    submitted_again: int
    roots: int
    replies: int
    mentions: int
    videos: int
    foreign_videos: int
    delivery: float | None

    @property
    def attempts(self) -> int:
        return 1 + self.submitted_again

    @property
    def broken_promises(self) -> list[str]:
        """The names of the promises that were broken here."""
        return [name for name, is_broken in PROMISES.items() if is_broken(self)]


PROMISES: Mapping[str, Callable[[Case], bool]] = {
    "not accepted": lambda case: not case.owed,
    "billed twice": lambda case: case.bills > case.attempts,
    "unfinished": lambda case: case.owed and not case.ended,
    "doubled videos": lambda case: case.videos > 1,
    "doubled mentions": lambda case: case.mentions > case.attempts,
    "doubled replies": lambda case: case.replies > 1,
    "somebody else's videos": lambda case: case.foreign_videos > 0,
}


@dataclass(frozen=True)
class Findings:
    """What a run has shown, as a table and as a judgement."""

    plan: Plan
    cases: Sequence[Case]
    kills: int
    ended_by_themselves: int
    faults: Mapping[str, int]

    @property
    def broken(self) -> Mapping[str, list[str]]:
        """The tokens of the requests whose thread or bills break a promise, by promise."""
        tokens = {
            name: [case.request.token for case in self.cases if is_broken(case)] for name, is_broken in PROMISES.items()
        }
        return {name: broken for name, broken in tokens.items() if broken}

    @property
    def strays(self) -> int:
        """Announcements beyond the first; a kill in the middle of posting one may leave it."""
        return sum(max(0, case.roots - 1) for case in self.cases)

    @property
    def holds(self) -> bool:
        return not self.broken and self.strays <= self.kills

    def table(self) -> str:
        """The table as people read it."""
        lines = [f"{name:<48}{value:>8}" for name, value in self._rows()]
        return "\n".join([f"chaos on {self.plan.database}, seed {self.plan.seed}", *lines])

    def _rows(self) -> list[tuple[str, str]]:
        cases = self.cases
        deliveries = [case.delivery for case in cases if case.delivery is not None]
        slowest = f"{max(deliveries):.1f}" if deliveries else "–"
        faults = [(f"  {kind}", times) for kind, times in sorted(self.faults.items())]
        counts = [
            ("exports", len(cases)),
            ("kills", self.kills),
            ("replicas that ended by themselves", self.ended_by_themselves),
            ("faults injected", sum(self.faults.values())),
            *faults,
            ("questions asked", sum(len(case.request.answers) for case in cases)),
            ("submitted again by a person", sum(case.submitted_again for case in cases)),
            ("billed", sum(case.bills for case in cases)),
            ("videos", sum(case.videos for case in cases)),
            *((name, len(self.broken.get(name, []))) for name in PROMISES),
            ("stray announcements", self.strays),
        ]
        return [*((name, str(count)) for name, count in counts), ("slowest delivery after ready, seconds", slowest)]


def examine(stage: Stage, requests: Sequence[Request], threads: Threads) -> list[Case]:
    """What became of every request."""
    threads.look()
    bills = Counter(bill.text for bill in stage.studio.billed)
    projects: dict[str, list[Project]] = {}
    for project in stage.studio.projects.values():
        projects.setdefault(project.request.text, []).append(project)
    return [_case(request, threads, bills[request.script], projects.get(request.script, [])) for request in requests]


def _case(request: Request, threads: Threads, bills: int, projects: Sequence[Project]) -> Case:
    roots, replies = threads.roots(request), threads.replies(request)
    shown = videos(replies)
    return Case(
        request=request,
        owed=request.accepted or bool(roots) or bills > 0,
        ended=has_ended(request, roots, replies),
        bills=bills,
        submitted_again=sum(answer == ids.SUBMIT_AGAIN for answer in request.answers.values()),
        roots=len(roots),
        replies=len(progress_replies(replies, request.person)),
        mentions=len(mentions(replies, request.person)),
        videos=sum(len(reply.files) for reply in shown),
        foreign_videos=sum(not _is_of(request, reply) for reply in shown),
        delivery=_delivery(shown[0], projects) if shown else None,
    )


def _is_of(request: Request, reply: Message) -> bool:
    """The local AI Studios writes each script into its video."""
    return all(request.script.encode() in file.path.read_bytes() for file in reply.files)


def _delivery(video: Message, projects: Sequence[Project]) -> float | None:
    """Seconds from the end of the render to the video in the thread."""
    shown_at = float(video.ts)
    ready = [at for project in projects if (at := project.updated_at.timestamp()) <= shown_at]
    return shown_at - max(ready) if ready else None
