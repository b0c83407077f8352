"""How often something may be asked for, by a clock that the test moves."""

import pytest

from bot.web import rates
from bot.web.rates import Rate, Rates


class Clock:
    """Stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_is_let_through_and_then_it_is_time_to_wait(clock: Clock) -> None:
    """As many as the burst at once; then the wait until the next, which is there when it is over and not before."""
    rate = Rate(4, 3, clock)
    assert [rate.take() for _ in range(5)] == [0, 0, 0, 0.25, 0.25]
    clock.now += 0.125
    assert rate.take() == 0.125
    clock.now += 0.125
    assert [rate.take(), rate.take()] == [0, 0.25]


def test_what_is_not_used_is_saved_up_to_the_burst(clock: Clock) -> None:
    """A long silence gives the burst again, and no more."""
    rate = Rate(4, 3, clock)
    assert rate.take() == 0
    clock.now += 1_000_000
    assert [bool(rate.take()) for _ in range(4)] == [False, False, False, True]


def test_who_is_refused_does_not_make_it_longer(clock: Clock) -> None:
    """However often is asked in vain, the wait stays what it was."""
    rate = Rate(4, 1, clock)
    assert rate.take() == 0
    assert {rate.take() for _ in range(1000)} == {0.25}


def test_each_key_has_a_rate_of_its_own(clock: Clock) -> None:
    """One that is used up takes nothing from the others."""
    by_key = Rates(4, 1, clock)
    assert [by_key.take(key) for key in ("a", "a", "b", "a")] == [0, 0.25, 0, 0.25]


def test_keys_that_are_full_again_are_forgotten(clock: Clock) -> None:
    """Nothing is kept of keys that are as good as new."""
    by_key = Rates(4, 2, clock)
    for number in range(100):
        by_key.take(str(number))
    assert len(by_key) == 100
    clock.now += 0.25
    by_key.take("new")
    assert len(by_key) == 1


def test_the_number_of_keys_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the key that was used longest ago goes, however empty its rate is."""
    monkeypatch.setattr(rates, "MOST_KEYS", 2)
    by_key = Rates(4, 1, clock)
    for key in ("a", "b", "a", "c"):
        by_key.take(key)
    assert len(by_key) == 2
    assert [by_key.take("a"), by_key.take("b")] == [0.25, 0]
