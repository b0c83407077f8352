"""Following a render through whatever news comes, in whatever order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.exports.models import Edit, Pace, Progress, Reading
from bot.exports.render.progress import (
    EDIT_INTERVAL,
    MISSING_READS,
    SILENT_POLLS,
    SPARING_INTERVAL,
    Watch,
)

START = 1_780_000_000.0
# Unix times near START are kept to a quarter of a microsecond.
ROUNDING = 1e-5
VIDEO = "https://cdn.example.com/video.mp4"

Act = Callable[[Watch], Watch]

# Clocks of two processes differ a little, and what was heard may be worked on later.
OFFSETS = st.floats(min_value=-60, max_value=600)


def heard(offset: float, progress: int, credit: int | None) -> Act:
    """A webhook, stamped so many seconds from what the watch takes for now."""
    return lambda watch: watch.heard(Progress(at=watch.now + offset, progress=progress, credit=credit))


def read(offset: float, progress: float | None, url: str | None, problem: str | None) -> Act:
    """An answer of AI Studios."""
    reading = {"progress": progress, "download_url": url, "problem": problem}
    return lambda watch: watch.read(Reading.model_validate({"at": watch.now + offset, **reading}))


def showed(offset: float) -> Act:
    """An edit, made only when one is due."""
    return lambda watch: watch.edited(Edit(at=watch.now + offset, landed=True)) if watch.edit_due else watch


def waited() -> Act:
    """A wait in vain, as long as the watch itself said."""
    return lambda watch: watch.passed(watch.patience)


HEARD = st.builds(heard, OFFSETS, st.integers(0, 100), st.none() | st.integers(0, 99))
READ = st.builds(
    read,
    OFFSETS,
    st.none() | st.floats(0, 100) | st.just(100.0),
    st.none() | st.just(VIDEO),
    st.sampled_from([None, None, None, "unreachable", "credentials", "gone", "failed"]),
)
SHOWED = st.builds(showed, st.floats(0, 30))
ACTS = st.lists(HEARD | READ | SHOWED | st.builds(waited), max_size=40)


def begun(*, poll: float = 15, timeout: float = 7200, sparing: bool = False) -> Watch:
    """A render that was submitted just now."""
    pace = Pace(poll_seconds=poll, timeout_seconds=timeout, sparing=sparing)
    return Watch.begin(Edit(at=START, landed=True), pace)


WATCHES = st.builds(
    begun,
    poll=st.floats(0.1, 3600),
    timeout=st.floats(1, 604_800),
    sparing=st.booleans(),
)


def after(watch: Watch, acts: list[Act]) -> list[Watch]:
    """The watch after each of the acts, the beginning included."""
    watches = [watch]
    for act in acts:
        watches.append(act(watches[-1]))
    return watches


@settings(deadline=None)
@given(watch=WATCHES, acts=ACTS)
def test_progress_never_runs_backwards(watch: Watch, acts: list[Act]) -> None:
    """Neither percent nor time falls, and percent stays within 0 to 100."""
    watches = after(watch, acts)
    percents = [one.percent for one in watches]
    assert percents == sorted(percents)
    assert 0 <= percents[0] <= percents[-1] <= 100
    assert [one.now for one in watches] == sorted(one.now for one in watches)


@settings(deadline=None)
@given(watch=WATCHES, acts=ACTS)
def test_what_is_shown_is_what_is_known(watch: Watch, acts: list[Act]) -> None:
    """The status has the watch's percent, says silence when there is silence, and estimates no negative time."""
    for one in after(watch, acts):
        status = one.status
        assert status.percent == one.percent
        assert (status.stage == "silent") == one.silent
        assert (status.stage == "submitted") == (one.percent == 0 and not one.silent)
        assert (status.seconds_left or 0) >= 0
        assert (status.seconds_silent or 0) >= 0


@settings(deadline=None)
@given(watch=WATCHES, acts=st.lists(HEARD | st.builds(waited) | SHOWED, max_size=40))
def test_webhooks_alone_never_finish(watch: Watch, acts: list[Act]) -> None:
    """Without AI Studios' own word there is no video, whatever was called."""
    last = after(watch, acts)[-1]
    assert not last.finished
    assert last.percent <= 99
    assert last.download_url is None


@settings(deadline=None)
@given(watch=WATCHES, acts=ACTS)
def test_finished_means_a_video_that_was_read(watch: Watch, acts: list[Act]) -> None:
    """The end has 100 percent and an address from a reading; before, at least one is missing."""
    for one in after(watch, acts):
        assert one.finished == (one.percent == 100 and one.download_url == VIDEO)
        assert one.percent < 100 or one.download_url is not None


@settings(deadline=None)
@given(watch=WATCHES, acts=ACTS)
def test_patience_ends_when_something_is_due(watch: Watch, acts: list[Act]) -> None:
    """Waiting is never for nothing or without end: until a question, an edit or the time-out, and no longer."""
    for one in after(watch, acts):
        until_over = one.started_at + one.timeout_seconds - one.now
        until_shown = max(SPARING_INTERVAL, one.shown_at - one.started_at) if one.sparing else EDIT_INTERVAL
        until_due = min(one.poll_seconds, until_over, until_shown if one.unshown else until_over)
        assert 0 < one.patience <= max(0.05, until_due) + ROUNDING


@settings(deadline=None)
@given(watch=WATCHES, acts=ACTS)
def test_silence_leads_to_a_question(watch: Watch, acts: list[Act]) -> None:
    """When news stops, the bot asks soon: after one edit at the most, however it was before."""
    watch, steps = after(watch, acts)[-1], 0
    while not (watch.ask_due or watch.overdue):
        watch = watch.edited(Edit(at=watch.now, landed=True)) if watch.edit_due else watch.passed(watch.patience)
        steps += 1
        assert steps <= 8


@settings(deadline=None)
@given(watch=WATCHES, acts=ACTS, delay=st.floats(0, 30))
def test_edits_keep_slacks_distance(watch: Watch, acts: list[Act], delay: float) -> None:
    """No edit is due within 3 s of the one before, and an edit leaves nothing unshown."""
    shown_at = watch.shown_at
    for one in after(watch, acts):
        if one.edit_due:
            assert one.now - one.shown_at >= EDIT_INTERVAL
            assert not one.edited(Edit(at=one.now + delay, landed=True)).unshown
        assert one.shown_at >= shown_at
        shown_at = one.shown_at


@settings(deadline=None)
@given(watch=WATCHES, acts=ACTS, delay=st.floats(0, 30), soon=st.floats(0, EDIT_INTERVAL - 0.01))
def test_news_right_after_an_edit_wait(watch: Watch, acts: list[Act], delay: float, soon: float) -> None:
    """What comes in within 3 s of an edit is held back, however slow the edit was."""
    watch = after(watch, acts)[-1]
    edited = watch.edited(Edit(at=watch.now + delay, landed=True))
    assert not edited.heard(Progress(at=edited.wall + soon, progress=99)).edit_due


@settings(deadline=None)
@given(watch=WATCHES, acts=ACTS)
def test_what_is_new_comes_to_be_shown(watch: Watch, acts: list[Act]) -> None:
    """What is unshown becomes due by waiting alone, if no question or time-out comes first."""
    watch = after(watch, acts)[-1]
    for _ in range(8):
        if watch.ask_due or watch.overdue or not watch.unshown or watch.edit_due:
            break
        watch = watch.passed(watch.patience)
    assert watch.ask_due or watch.overdue or not watch.unshown or watch.edit_due


def test_a_webhook_of_100_only_leads_to_a_question() -> None:
    """A liar's 100 is asked about at once; AI Studios' 20 then stands, and nothing is finished."""
    told = begun().heard(Progress(at=START + 1, progress=100, credit=3))
    assert told.ask_due
    read_back = told.read(Reading(at=START + 2, progress=20))
    assert (read_back.finished, read_back.ask_due) == (False, False)


def test_credits_are_kept_from_the_webhook() -> None:
    """The credit of a webhook survives later ones that do not say it."""
    watch = begun().heard(Progress(at=START + 1, progress=100, credit=3)).heard(Progress(at=START + 2, progress=50))
    assert watch.credit == 3


def test_the_address_may_come_before_the_end() -> None:
    """An address read at 60 percent counts once 100 is read."""
    watch = begun().read(Reading(at=START + 1, progress=60, download_url=VIDEO))
    assert not watch.finished
    assert watch.read(Reading(at=START + 2, progress=100)).finished


def test_100_without_an_address_is_not_the_end() -> None:
    """Without an address there is no video yet, and it is asked for again."""
    watch = begun().read(Reading(at=START + 1, progress=100))
    assert (watch.percent, watch.finished) == (99, False)


def test_silence_is_said_and_taken_back() -> None:
    """Several questions without progress are silence; progress ends it."""
    watch = begun().read(Reading(at=START + 1, progress=30))
    for number in range(SILENT_POLLS):
        assert not watch.silent
        watch = watch.read(Reading(at=START + 2 + number, progress=30))
    assert watch.status.stage == "silent"
    assert watch.status.seconds_silent == SILENT_POLLS
    assert watch.heard(Progress(at=START + 60, progress=31)).status.stage == "rendering"


def test_a_project_is_gone_only_when_that_is_sure() -> None:
    """One refusal in between does not end a render; several in a row do."""
    watch = begun()
    for number in range(MISSING_READS):
        assert not watch.gone
        watch = watch.read(Reading(at=START + number, problem="gone"))
    assert watch.gone
    assert not watch.read(Reading(at=START + 9, progress=3)).gone


@pytest.mark.parametrize("problem", ["unreachable", "credentials"])
def test_an_outage_ends_no_render(problem: str) -> None:
    """AI Studios out of reach is no failure of the video, however often."""
    watch = after(begun(), [read(1, None, None, problem)] * 50)[-1]
    assert (watch.failed, watch.gone, watch.finished) == (False, False, False)


def test_the_time_left_follows_the_pace() -> None:
    """A quarter in one minute leaves three; below 5 percent there is no telling."""
    assert begun().heard(Progress(at=START + 60, progress=25)).status.seconds_left == pytest.approx(180)
    assert begun().heard(Progress(at=START + 60, progress=4)).status.seconds_left is None


def test_time_runs_out() -> None:
    """After the time-out the watch is overdue, not before."""
    watch = begun(poll=15, timeout=60)
    assert not watch.passed(59).overdue
    assert watch.passed(60).overdue


def test_of_a_hundred_webhooks_few_are_shown() -> None:
    """Of a render that tells every percent, what is shown besides its end is that it moves, and that half is done."""
    watch, shown = begun(sparing=True), []
    for percent in range(1, 100):
        watch = watch.heard(Progress(at=START + percent, progress=percent))
        if watch.edit_due:
            watch = watch.edited(Edit(at=watch.wall, landed=True))
            shown.append(percent)
    assert shown == [3, 50]


def test_a_slow_render_is_seen_to_move() -> None:
    """Progress is shown in pauses that double, however little it is."""
    watch, shown = begun(poll=3600, sparing=True), []
    for second in range(1, 1000):
        watch = watch.heard(Progress(at=START + second, progress=1 + second // 30))
        if watch.edit_due:
            watch = watch.edited(Edit(at=watch.wall, landed=True))
            shown.append(second)
    assert shown == [3, 63, 126, 252, 504]


def test_an_edit_that_did_not_land_is_made_again_soon() -> None:
    """One that Slack did not take is tried once more after the usual distance."""
    watch = begun(sparing=True).heard(Progress(at=START + 60, progress=55))
    failed = watch.edited(Edit(at=START + 61, landed=False))
    assert not failed.edit_due
    assert failed.patience == pytest.approx(EDIT_INTERVAL)
