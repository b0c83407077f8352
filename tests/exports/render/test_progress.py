"""Following a render through whatever messages come, in whatever order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.exports.models import Edit, Gathered, PollSettings, Progress, Reading
from bot.exports.render.progress import (
    EDIT_INTERVAL,
    MISSING_READS,
    SHORTEST_INTERVAL,
    SHORTEST_WAIT,
    SILENT_POLLS,
    RenderProgress,
)

START = 1_780_000_000.0
# Unix times near START are kept to a quarter of a microsecond.
ROUNDING = 1e-5
VIDEO = "https://cdn.example.com/video.mp4"

Act = Callable[[RenderProgress], RenderProgress]

# Clocks of two processes differ a little, and what was heard may be worked on later.
OFFSETS = st.floats(min_value=-60, max_value=600)


def heard(offset: float, waited: float, part: float, progress: int, credit: int | None) -> Act:
    """A webhook that came in the first part of a wait; the clock has gone on by something else."""

    def act(render: RenderProgress) -> RenderProgress:
        report = Progress(at=render.wall + offset, progress=progress, credit=credit)
        return render.heard(
            Gathered(number=1, at=render.wall + offset, waited=waited, quiet=waited * part, progress=report)
        )

    return act


def webhook(render: RenderProgress, at: float, progress: int, credit: int | None = None) -> RenderProgress:
    """A webhook that is handed over as it comes, so many seconds from START."""
    report = Progress(at=START + at, progress=progress, credit=credit)
    waited = max(START + at - render.wall, 0.0)
    return render.heard(Gathered(number=1, at=START + at, waited=waited, quiet=0.0, progress=report))


def passed(render: RenderProgress, seconds: float) -> RenderProgress:
    """A wait in vain."""
    return render.heard(Gathered(number=0, at=render.wall + seconds, waited=seconds))


def read(offset: float, progress: float | None, url: str | None, problem: str | None) -> Act:
    """An answer of AI Studios."""
    reading = {"progress": progress, "download_url": url, "problem": problem}
    return lambda render: render.read(Reading.model_validate({"at": render.wall + offset, **reading}))


def showed(offset: float) -> Act:
    """An edit, made only when one is due."""
    return lambda render: render.edited(Edit(at=render.wall + offset, landed=True)) if render.edit_due else render


def waited() -> Act:
    """A wait in vain, for as long as it said itself."""
    return lambda render: passed(render, render.due([]))


HEARD = st.builds(
    heard, OFFSETS, st.floats(0, 600), st.floats(0, 1), st.integers(0, 100), st.none() | st.integers(0, 99)
)
READ = st.builds(
    read,
    OFFSETS,
    st.none() | st.floats(0, 100) | st.just(100.0),
    st.none() | st.just(VIDEO),
    st.sampled_from([None, None, None, "unreachable", "credentials", "gone", "failed"]),
)
SHOWED = st.builds(showed, st.floats(0, 30))
ACTS = st.lists(HEARD | READ | SHOWED | st.builds(waited), max_size=40)
ARRIVALS = st.lists(st.tuples(st.integers(0, 99), st.floats(0, 100)), max_size=6).map(
    lambda arrivals: sorted(arrivals, key=lambda one: one[1])
)


def begun(*, poll: float = 15, timeout: float = 7200) -> RenderProgress:
    """A render that was submitted just now."""
    return RenderProgress.begin(START, PollSettings(poll_seconds=poll, timeout_seconds=timeout))


RENDERS = st.builds(begun, poll=st.floats(0.1, 3600), timeout=st.floats(1, 604_800))


def after(render: RenderProgress, acts: list[Act]) -> list[RenderProgress]:
    """The render after each of the acts, the beginning included."""
    renders = [render]
    for act in acts:
        renders.append(act(renders[-1]))
    return renders


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS)
def test_progress_never_runs_backwards(render: RenderProgress, acts: list[Act]) -> None:
    """Neither percent nor time falls, and percent stays within 0 to 100."""
    renders = after(render, acts)
    percents = [one.percent for one in renders]
    assert percents == sorted(percents)
    assert 0 <= percents[0] <= percents[-1] <= 100
    assert [one.now for one in renders] == sorted(one.now for one in renders)


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS)
def test_what_is_shown_is_what_is_known(render: RenderProgress, acts: list[Act]) -> None:
    """The status has the render's percent, says silence when there is silence, and estimates no negative time."""
    for one in after(render, acts):
        status = one.status
        assert status.percent == one.percent
        assert (status.stage == "silent") == one.silent
        assert (status.stage == "submitted") == (one.percent == 0 and not one.silent)
        assert (status.seconds_left or 0) >= 0
        assert (status.seconds_silent or 0) >= 0


@settings(deadline=None)
@given(render=RENDERS, acts=st.lists(HEARD | st.builds(waited) | SHOWED, max_size=40))
def test_webhooks_alone_never_finish(render: RenderProgress, acts: list[Act]) -> None:
    """Without AI Studios' own word there is no video, whatever was called."""
    last = after(render, acts)[-1]
    assert not last.finished
    assert last.percent <= 99
    assert last.download_url is None


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS)
def test_finished_means_a_video_that_was_read(render: RenderProgress, acts: list[Act]) -> None:
    """The end has 100 percent and an address from a reading; before, at least one is missing."""
    for one in after(render, acts):
        assert one.finished == (one.percent == 100 and one.download_url == VIDEO)
        assert one.percent < 100 or one.download_url is not None


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS)
def test_patience_ends_when_something_is_due(render: RenderProgress, acts: list[Act]) -> None:
    """Waiting is never for nothing or without end: until a question, an edit or the time-out, and no longer."""
    for one in after(render, acts):
        until_over = one.started_at + one.timeout_seconds - one.now
        until_shown = max(SHORTEST_INTERVAL, one.shown_at - one.started_at)
        until_due = min(one.poll_seconds, until_over, until_shown if one.unshown else until_over)
        assert 0 < one.due([]) <= max(0.05, until_due) + ROUNDING


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS, arrivals=ARRIVALS)
def test_after_listening_there_is_something_to_do(
    render: RenderProgress, acts: list[Act], arrivals: list[tuple[int, float]]
) -> None:
    """What came until it was due leads to a question, an edit or the time-out; only a moment more may be missing."""
    render = after(render, acts)[-1]
    if render.finished or render.ask_due or render.overdue or render.edit_due:
        return
    heard_of: list[tuple[int, float]] = []
    for arrival in arrivals:
        if arrival[1] > render.due(heard_of):
            break
        heard_of.append(arrival)
    length = max(render.due(heard_of), heard_of[-1][1] if heard_of else 0.0) + ROUNDING
    if not heard_of:
        done = passed(render, length)
    else:
        report = Progress(at=render.wall, progress=max(percent for percent, _ in heard_of))
        quiet = length - heard_of[-1][1]
        gathered = Gathered(number=1, at=render.wall + length, waited=length, quiet=quiet, progress=report)
        done = render.heard(gathered)
    assert done.ask_due or done.overdue or done.edit_due


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS, arrivals=ARRIVALS, at=st.floats(0, 200))
def test_the_end_is_due_when_it_comes(
    render: RenderProgress, acts: list[Act], arrivals: list[tuple[int, float]], at: float
) -> None:
    """Whatever else has come, and however recently the thread was edited."""
    assert after(render, acts)[-1].due([*arrivals, (100, at), (100, at + 1)]) == at


def test_what_is_due_when() -> None:
    """Silence from the last message on, the middle at once, and anything else in the thread's own rhythm."""
    render = webhook(begun(poll=100), 10, 5)
    render = render.edited(Edit(at=START + 10, landed=True))
    due = {
        (): 100.0,
        ((5, 30.0),): 130.0,
        ((6, 1.0),): SHORTEST_INTERVAL,
        ((50, 1.0),): EDIT_INTERVAL,
        ((6, 1.0), (60, 40.0)): EDIT_INTERVAL,
        ((6, 20.0), (100, 20.5)): 20.5,
    }
    assert {arrivals: render.due(arrivals) for arrivals in due} == due
    late = passed(render, 99.99)
    assert late.due([]) == SHORTEST_WAIT
    assert begun(poll=100, timeout=40).due([]) == EDIT_INTERVAL


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS)
def test_silence_leads_to_a_question(render: RenderProgress, acts: list[Act]) -> None:
    """When news stops, the bot asks soon: after one edit at the most, however it was before."""
    render, steps = after(render, acts)[-1], 0
    while not (render.ask_due or render.overdue):
        render = render.edited(Edit(at=render.wall, landed=True)) if render.edit_due else passed(render, render.due([]))
        steps += 1
        assert steps <= 8


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS, delay=st.floats(0, 30))
def test_edits_keep_slacks_distance(render: RenderProgress, acts: list[Act], delay: float) -> None:
    """No edit is due within 3 s of the one before, and an edit leaves nothing unshown."""
    shown_at = render.shown_at
    for one in after(render, acts):
        if one.edit_due:
            assert one.now - one.shown_at >= EDIT_INTERVAL
            assert not one.edited(Edit(at=one.wall + delay, landed=True)).unshown
        assert one.shown_at >= shown_at
        shown_at = one.shown_at


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS, delay=st.floats(0, 30), soon=st.floats(0, EDIT_INTERVAL - 0.01))
def test_news_right_after_an_edit_wait(render: RenderProgress, acts: list[Act], delay: float, soon: float) -> None:
    """What comes in within 3 s of an edit is held back, however slow the edit was."""
    render = after(render, acts)[-1]
    edited = render.edited(Edit(at=render.wall + delay, landed=True))
    assert not webhook(edited, edited.wall + soon - START, 99).edit_due


@settings(deadline=None)
@given(render=RENDERS, acts=ACTS)
def test_what_is_new_comes_to_be_shown(render: RenderProgress, acts: list[Act]) -> None:
    """What is unshown becomes due by waiting alone, if no question or time-out comes first."""
    render = after(render, acts)[-1]
    for _ in range(8):
        if render.ask_due or render.overdue or not render.unshown or render.edit_due:
            break
        render = passed(render, render.due([]))
    assert render.ask_due or render.overdue or not render.unshown or render.edit_due


def test_a_webhook_of_100_only_leads_to_a_question() -> None:
    """A liar's 100 is asked about at once; AI Studios' 20 then stands, and nothing is finished."""
    told = webhook(begun(), 1, 100, 3)
    assert told.ask_due
    read_back = told.read(Reading(at=START + 2, progress=20))
    assert (read_back.finished, read_back.ask_due) == (False, False)


def test_credits_are_kept_from_the_webhook() -> None:
    """The credit of a webhook survives later ones that do not say it."""
    render = webhook(webhook(begun(), 1, 100, 3), 2, 50)
    assert render.credit == 3


def test_the_address_may_come_before_the_end() -> None:
    """An address read at 60 percent counts once 100 is read."""
    render = begun().read(Reading(at=START + 1, progress=60, download_url=VIDEO))
    assert not render.finished
    assert render.read(Reading(at=START + 2, progress=100)).finished


def test_100_without_an_address_is_not_the_end() -> None:
    """Without an address there is no video yet, and it is asked for again."""
    render = begun().read(Reading(at=START + 1, progress=100))
    assert (render.percent, render.finished) == (99, False)


def test_silence_is_said_and_taken_back() -> None:
    """Several questions without progress are silence; progress ends it."""
    render = begun().read(Reading(at=START + 1, progress=30))
    for number in range(SILENT_POLLS):
        assert not render.silent
        render = render.read(Reading(at=START + 2 + number, progress=30))
    assert render.status.stage == "silent"
    assert render.status.seconds_silent == SILENT_POLLS
    assert webhook(render, 60, 31).status.stage == "rendering"


def test_a_project_is_gone_only_when_that_is_sure() -> None:
    """One refusal in between does not end a render; several in a row do."""
    render = begun()
    for number in range(MISSING_READS):
        assert not render.gone
        render = render.read(Reading(at=START + number, problem="gone"))
    assert render.gone
    assert not render.read(Reading(at=START + 9, progress=3)).gone


@pytest.mark.parametrize("problem", ["unreachable", "credentials"])
def test_an_outage_ends_no_render(problem: str) -> None:
    """AI Studios out of reach is no failure of the video, however often."""
    render = after(begun(), [read(1, None, None, problem)] * 50)[-1]
    assert (render.failed, render.gone, render.finished) == (False, False, False)


def test_the_time_left_follows_the_pace() -> None:
    """A quarter in one minute leaves three; below 5 percent there is no telling."""
    assert webhook(begun(), 60, 25).status.seconds_left == pytest.approx(180)
    assert webhook(begun(), 60, 4).status.seconds_left is None


def test_time_runs_out() -> None:
    """After the time-out the render is overdue, not before."""
    render = begun(poll=15, timeout=60)
    assert not passed(render, 59).overdue
    assert passed(render, 60).overdue


def test_of_a_hundred_webhooks_few_are_shown() -> None:
    """Of a render that tells every percent, what is shown besides its end is that it moves, and that half is done."""
    render, shown = begun(), []
    for percent in range(1, 100):
        render = webhook(render, percent, percent)
        if render.edit_due:
            render = render.edited(Edit(at=render.wall, landed=True))
            shown.append(percent)
    assert shown == [3, 50]


def test_a_slow_render_is_seen_to_move() -> None:
    """Progress is shown in pauses that double, however little it is."""
    render, shown = begun(poll=3600), []
    for second in range(1, 1000):
        render = webhook(render, second, 1 + second // 30)
        if render.edit_due:
            render = render.edited(Edit(at=render.wall, landed=True))
            shown.append(second)
    assert shown == [3, 63, 126, 252, 504]


def test_an_edit_that_did_not_land_is_made_again_soon() -> None:
    """One that Slack did not take is tried once more after the usual distance."""
    render = webhook(begun(), 60, 55)
    failed = render.edited(Edit(at=START + 61, landed=False))
    assert not failed.edit_due
    assert failed.due([]) == pytest.approx(EDIT_INTERVAL)
