"""Lets a test move the clocks of the bot: Python imports this by itself when the folder is on PYTHONPATH.

TIME_MACHINE names a file with two numbers, the seconds by which `time.time` and `time.monotonic` are ahead of the
machine's. The event loop looks at its clock several times a second, so that it notices when they are changed.
"""

import os
import selectors
import time
from pathlib import Path

LONGEST_NAP = 0.02

_dial = Path(os.environ["TIME_MACHINE"])
_real_time, _real_monotonic, _real_select = time.time, time.monotonic, selectors.EpollSelector.select


def _ahead() -> tuple[float, float]:
    wall, monotonic = _dial.read_text(encoding="ascii").split()
    return float(wall), float(monotonic)


def _time() -> float:
    return _real_time() + _ahead()[0]


def _monotonic() -> float:
    return _real_monotonic() + _ahead()[1]


def _select(selector: selectors.EpollSelector, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
    return _real_select(selector, LONGEST_NAP if timeout is None else min(timeout, LONGEST_NAP))


time.time, time.monotonic = _time, _monotonic
setattr(selectors.EpollSelector, "select", _select)  # noqa: B010 - typeshed names its method another way
