"""What a run is made of: its size, its seed, and what people will ask for."""

import random
from dataclasses import dataclass, field
from typing import Literal

Database = Literal["sqlite", "postgres"]

# Exports that people ask for in one second, when nothing else is said; two cores carry this and the kills.
USUAL_RATE = {"postgres": 4.0, "sqlite": 2.0}

ANA, MINJI = "U0ANA0001", "U0MINJI01"
# Every kind of place that a video may go to; #launch is one that the bot has to join first.
PLACES = {
    ANA: ("C0GENERAL", "C0LAUNCH1", "C0STUDIO1", "G0GROUPDM", "D0APPANA1"),
    MINJI: ("C0GENERAL", "C0LAUNCH1", "C0STUDIO1", "G0GROUPDM", "D0APPMINJ"),
}
TWICE = 0.2
COMMON_OPENING = 0.4


@dataclass(frozen=True)
class Plan:
    """One run. `seconds` is how long people go on asking, which is also how long things break."""

    exports: int
    seed: int
    database: Database
    replicas: int = 1
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.database == "sqlite" and self.replicas != 1:
            raise ValueError("a SQLite file is for one process; only Postgres can be shared")

    @property
    def duration(self) -> float:
        return self.seconds or self.exports / USUAL_RATE[self.database]

    def dice(self, purpose: str) -> random.Random:
        """A random source for each purpose, so that drawing from one does not change the others."""
        return random.Random(f"{self.seed}/{purpose}")  # noqa: S311 - repeatable choices, no secret


@dataclass
class Request:
    """One request as its person remembers it; `token` is in its script and in no other.

    `answers` has what the person chose for each question, by the question's ts.
    """

    token: str
    person: str
    place: str
    script: str
    twice: bool
    accepted: bool = False
    answers: dict[str, str] = field(default_factory=dict)


def requests(plan: Plan) -> list[Request]:
    """What people will ask for, in this order."""
    dice = plan.dice("requests")
    return [_request(number, dice) for number in range(plan.exports)]


def _request(number: int, dice: random.Random) -> Request:
    token, person = f"request-{number:05d}", dice.choice((ANA, MINJI))
    return Request(
        token=token,
        person=person,
        place=dice.choice(PLACES[person]),
        script=_script(token, common_opening=dice.random() < COMMON_OPENING),
        twice=dice.random() < TWICE,
    )


def _script(token: str, *, common_opening: bool) -> str:
    """Many begin with the same words, so that the name of a project does not tell whose it is."""
    if common_opening:
        return f"Good morning, everybody, and welcome to the weekly news of our team. This is {token}."
    return f"{token} is what I would like to talk about today."
