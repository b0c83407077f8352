"""What the machine tells of a process, and measuring two things in turn."""

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.bench.report import Sample

TICKS = os.sysconf("SC_CLK_TCK")
KILOBYTE = 1024
# A process is at rest when it takes less than this share of a core, looked at for so long (seconds).
AT_REST, REST_LOOK, LONGEST_REST = 0.1, 0.3, 60.0

Measure = Callable[[], Awaitable[float]]


def cpu_seconds(pid: int) -> float:
    """The time that a process has had on a core so far (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_seconds_of_family(pid: int) -> float:
    """The same of a process, of its children, and of those that have ended."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS + sum(map(_cpu_seconds_of_child, children))


def _cpu_seconds_of_child(pid: int) -> float:
    """What a child that has just ended has worked counts for its parent a moment later."""
    try:
        return cpu_seconds(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def busy_seconds() -> float:
    """The time that all cores together have worked so far, for whomever (proc(5), /proc/stat)."""
    user, nice, system, _idle, _waiting, *interrupts = map(int, _cores_line()[1:8])
    return (user + nice + system + sum(interrupts)) / TICKS


def _cores_line() -> list[str]:
    return Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()


def memory(pid: int) -> int:
    """The bytes that a process has in memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    return int(found[1]) * KILOBYTE if found else 0


async def share_of_core(pid: int, seconds: float) -> float:
    """How much of one core a process takes, watched for so long."""
    before, started = cpu_seconds(pid), time.monotonic()
    await asyncio.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - started)


async def until_at_rest(pid: int) -> float:
    """Waits until a process has done what it had left to do, at most a minute; gives the seconds."""
    started = time.monotonic()
    while await share_of_core(pid, REST_LOOK) > AT_REST and time.monotonic() - started < LONGEST_REST:
        continue
    return time.monotonic() - started


async def in_turn(rounds: int, *measures: Measure) -> Sequence[Sample]:
    """Measures one after the other, again and again: what else the machine does meets all of them alike."""
    found: list[list[float]] = [[] for _ in measures]
    for number in range(rounds):
        for which in range(len(measures)):
            place = (which + number) % len(measures)
            found[place].append(await measures[place]())
    return [Sample(values) for values in found]
