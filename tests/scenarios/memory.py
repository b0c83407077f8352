"""How much memory a process takes at its peak, by what Linux tells of it (proc(5))."""

import re
from pathlib import Path

# So much more may a bot take while a video passes through it or a flood is turned away (bytes).
MOST_EXTRA = 32_000_000


def peak_memory(pid: int) -> int:
    """The most memory that a process has had since its peak was last forgotten, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def forget_peak(pid: int) -> None:
    """The peak counts from here (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="utf-8")
