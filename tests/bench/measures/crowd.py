"""Two hundred people at once: each opens the form, types ahead and submits it.

All of them, and Slack, are in the bench's own process, which has the second core: what it needs itself is in the times.

What bound on SQLite: twenty connections of the engine waited for its one writer, in pauses that grow (sqlite's busy
handler), so that some were passed over for seconds, and a tenth of the submissions ran into their time-out. With two
connections, handed out in the order of asking, none do.
"""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from bot.demo.slack import User, World, demo_world
from bot.demo.stage import Stage
from bot.slack import ids
from tests.bench.report import Findings, Row, Sample, milliseconds
from tests.bench.scene import Size, scratch, stage_for
from tests.scenarios.scene import GENERAL, OLIVIA, open_form, until_offered

MOST_SECONDS = 1.0
TYPED = ("Oli", "Olivi", "Olivia")


@dataclass
class Acknowledgements:
    """How long each of Slack's requests waited for its answer (seconds), and what went wrong, how often."""

    seconds: list[float] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, seconds: float, error: str | None) -> None:
        self.seconds.append(seconds)
        if error:
            self.lost[error] += 1


async def measure(size: Size) -> Findings:
    people = size.pick(200, 50)
    with scratch() as folder:
        async with stage_for(folder, slack={"world": crowded(people)}) as stage:
            await until_offered(stage, await open_form(stage), OLIVIA)
            seen, started = Acknowledgements(), time.monotonic()
            await asyncio.gather(*(ask(stage, f"U0CROWD{number:03d}", seen) for number in range(people)))
            seconds = time.monotonic() - started
            announced = await until_announced(stage, people)
    sample = Sample(seen.seconds)
    met = sample.quantile(0.99) <= MOST_SECONDS and not seen.lost and announced == people
    measured = (
        f"p99 {sample.quantile(0.99) * 1000:.0f} ms; {milliseconds(sample)}; "
        f"{seen.lost.total()} lost, {announced} announced, all acknowledged in {seconds:.1f} s"
    )
    what = f"{people} people open, type ahead and submit at once"
    return Findings([Row(what, "Slack's 3 s", "p99 ≤ 1 s, none lost", measured, met)])


def crowded(people: int) -> World:
    """The demo's workspace, with so many more people in #general."""
    world = demo_world()
    for number in range(people):
        user = User(f"U0CROWD{number:03d}", f"crowd{number}", f"Person {number}")
        world.users[user.id] = user
        world.channels[GENERAL].members.add(user.id)
    return world


async def ask(stage: Stage, user_id: str, seen: Acknowledgements) -> None:
    """What one person does; nobody waits for anybody else."""
    person = stage.slack.person(user_id)
    reply = await person.slash_command(ids.COMMAND, channel=GENERAL)
    seen.add(reply.seconds, reply.error)
    view = await person.view(timeout=60, of=reply)
    for typed in TYPED:
        started = time.monotonic()
        await person.suggestions(view, ids.MODEL, typed)
        seen.add(time.monotonic() - started, None)
    filled = {ids.MODEL: OLIVIA, ids.LANGUAGE: "en", ids.SCRIPT: f"Words of {user_id}.", ids.PLACE: GENERAL}
    submission = await person.submit(view, filled)
    seen.add(
        submission.reply.seconds, submission.reply.error or (None if submission.closed else str(submission.errors))
    )


async def until_announced(stage: Stage, people: int) -> int:
    """How many requests show themselves, once all do, or after a minute."""
    with suppress(TimeoutError):
        await stage.slack.until(lambda: len(stage.slack.messages(GENERAL)) >= people, what="the announcements")
    return len(stage.slack.messages(GENERAL))
