"""A table of checked components that is readable in a terminal and in a pipe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

State = Literal["right", "wrong", "note"]
_STYLES = {"right": "green", "wrong": "bold red", "note": "yellow"}
# Whatever reads a pipe gets each row whole, however long it is.
_UNBROKEN = 10_000


@dataclass(frozen=True)
class Row:
    """A checked component and its state. `fix` says how to fix a component that is wrong."""

    piece: str
    state: State
    found: str
    fix: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.state == "wrong"


def console() -> Console:
    """A console for the terminal; without colours and line wrapping for a pipe."""
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, no_color=True, width=_UNBROKEN)


def print_report(to: Console, rows: Sequence[Row]) -> None:
    """Prints the table and the number of wrong rows."""
    if to.is_terminal:
        to.print(_table(rows, box.SIMPLE))
    else:
        _print_plainly(to, _table(rows, None))
    wrong = sum(row.is_wrong for row in rows)
    if wrong:
        to.print(f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong; each row says how to fix it.")
    else:
        to.print("Nothing is wrong. `avatar-bot serve` runs the bot.")


def _print_plainly(to: Console, table: Table) -> None:
    """Prints the table without trailing spaces."""
    with to.capture() as printed:
        to.print(table)
    for line in printed.get().splitlines():
        to.out(line.rstrip())


def _table(rows: Sequence[Row], frame: box.Box | None) -> Table:
    table = Table(box=frame, pad_edge=False)
    table.add_column("part", overflow="fold", max_width=22 if frame else None)
    table.add_column("state", no_wrap=True)
    table.add_column("what was found, and how to fix it", overflow="fold")
    for row in rows:
        found = f"{row.found}\n→ {row.fix}" if row.fix else row.found
        table.add_row(Text(row.piece), Text(row.state, style=_STYLES[row.state]), Text(found))
    return table
