"""The operator's limits, as a person meets them: said beside the field, before anything is spent."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.demo.stage import APP_TOKEN
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    bills,
    make_video,
    mentions,
    methods,
    newcomer,
    quickly_staged,
    submit,
    text_of,
    until_notified,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

STUDIO = "C0STUDIO1"
LAUNCH = "C0LAUNCH1"
MAKERS = "S0MAKERS1"
SETTINGS = {
    "ALLOWED_CHANNELS": f"{GENERAL},{STUDIO}",
    "ALLOWED_USERGROUPS": MAKERS,
    "DAILY_VIDEOS_PER_PERSON": "2",
}
WHO_HELPS = "an admin of this workspace, or whoever installed the bot"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot with limits on places, people and videos a day."""
    folder = tmp_path_factory.mktemp("limits")
    async with quickly_staged(folder, settings=SETTINGS, slack={"time_scale": 60}) as ready:
        ready.slack.world.usergroups[MAKERS].users = [ANA, *(await _makers(ready))]
        yield ready


async def _makers(stage: Stage) -> list[str]:
    """People who may make videos, one for each test that counts them."""
    locales = {"U0MAKERA1": "en-US", "U0MAKERB1": "en-US", "U0MAKERC1": "en-US", "U0MAKERD1": "ko-KR"}
    return [newcomer(stage, user_id, locale=locale) for user_id, locale in locales.items()]


@pytest.mark.parametrize(("person", "words"), [(ANA, "may only go to #general, #studio"), ("U0MAKERD1", "#studio")])
async def test_another_place_is_refused_beside_its_field(stage: Stage, person: str, words: str, script: str) -> None:
    """The form names the channels that are allowed; nothing is sent, and the bot joins no other channel."""
    stage.slack.world.channels[LAUNCH].members.add(person)
    submission = await submit(stage, person, script, place=LAUNCH)
    assert words in submission.errors["place"]
    assert stage.slack.messages(LAUNCH) == []
    assert "conversations.join" not in methods(stage)
    assert bills(stage, script) == 0


async def test_the_channels_are_named_by_their_ids_when_slack_does_not_tell(stage: Stage, script: str) -> None:
    """Slow names keep nobody waiting for the answer."""
    stage.slack.faults.add("conversations.info", times=None, delay=5)
    submission = await submit(stage, script=script, place=LAUNCH)
    assert GENERAL in submission.errors["place"]


@pytest.mark.parametrize(("locale", "words"), [("en-US", WHO_HELPS), ("ko-KR", "봇을 설치한 분")])
async def test_other_people_are_told_who_can_help(stage: Stage, locale: str, words: str, script: str) -> None:
    """Somebody outside of the groups reads so in the form, in their language; nothing is sent."""
    stranger = newcomer(stage, f"U0STRANG{locale[:2].upper()}", locale=locale)
    submission = await submit(stage, stranger, script)
    assert words in submission.errors["script"]
    assert bills(stage, script) == 0


async def test_no_more_videos_a_day_than_allowed(stage: Stage, script: str) -> None:
    """The third form within a day is refused with the number; the first two bring their videos."""
    maker = "U0MAKERA1"
    roots = [await make_video(stage, maker, f"{number} {script}") for number in "12"]
    submission = await submit(stage, maker, f"3 {script}")
    assert "2 avatar videos within 24 hours" in submission.errors["script"]
    assert WHO_HELPS in submission.errors["script"]
    for root in roots:
        await until_video(stage, root)
    assert bills(stage, f"3 {script}") == 0


async def test_the_day_is_counted_in_korean(stage: Stage, script: str) -> None:
    """The same in the person's language."""
    for root in [await make_video(stage, "U0MAKERD1", f"{number} {script}") for number in "12"]:
        await until_video(stage, root)
    submission = await submit(stage, "U0MAKERD1", f"3 {script}")
    assert "24시간 안에 아바타 영상을 2개" in submission.errors["script"]


async def test_what_came_to_nothing_does_not_count(stage: Stage, script: str) -> None:
    """Videos that AI Studios refused leave the day's places free."""
    maker = "U0MAKERB1"
    stage.studio.faults.add("/simple/custom", times=3, status=400, error=(4000, "No such avatar"))
    for number in "123":
        await until_notified(stage, await make_video(stage, maker, f"{number} {script}"), maker)
    await until_video(stage, await make_video(stage, maker, f"4 {script}"))


async def test_trying_again_counts_too(stage: Stage, script: str) -> None:
    """*Try again* beyond the limit tells the person so, and sends nothing."""
    maker = "U0MAKERC1"
    stage.studio.faults.add("/simple/custom", status=400, error=(4000, "No such avatar"))
    failed = await make_video(stage, maker, f"1 {script}")
    await until_notified(stage, failed, maker)
    for root in [await make_video(stage, maker, f"{number} {script}") for number in "23"]:
        await until_video(stage, root)
    person = stage.slack.person(maker)
    (told,) = mentions(stage, failed, maker)
    await person.press(told, "try_again")
    await stage.slack.until(lambda: "within 24 hours" in _last(person.ephemerals()), what="a message about the limit")
    assert bills(stage, f"1 {script}") == 0


def _last(messages: list[Message]) -> str:
    return text_of(messages[-1]) if messages else ""


@pytest.mark.parametrize("trouble", [{"error": "internal_error"}, {"delay": 5.0}, {"error": "missing_scope"}])
async def test_when_slack_cannot_say_who_may_nothing_is_sent(
    tmp_path: Path, trouble: Mapping[str, float | str], script: str
) -> None:
    """The person is asked to try again in a moment, in time; once Slack answers, the same form goes through."""
    async with quickly_staged(tmp_path, settings={"ALLOWED_USERGROUPS": MAKERS}, slack={"time_scale": 60}) as stage:
        stage.slack.faults.add("usergroups.users.list", **trouble)  # type: ignore[arg-type]  # one of its own faults
        submission = await submit(stage, script=script)
        assert "Slack couldn't tell me" in submission.errors["script"]
        assert submission.view is not None
        view = submission.view

        async def accepted() -> bool:
            return (await stage.slack.person(ANA).submit(view)).closed

        await until_true(accepted, what="the accepted form")
        assert bills(stage, script) <= 1


async def test_who_may_is_remembered_while_slack_is_down(tmp_path: Path, script: str) -> None:
    """What was known some minutes ago is better than nothing."""
    async with quickly_staged(tmp_path, settings={"ALLOWED_USERGROUPS": MAKERS}, slack={"time_scale": 60}) as stage:
        await make_video(stage, script=f"1 {script}")
        stage.slack.faults.add("usergroups.users.list", times=None, error="internal_error")
        await make_video(stage, script=f"2 {script}")


async def test_no_more_credits_a_month_than_allowed(tmp_path: Path, script: str) -> None:
    """Once the month's credits are used up, everybody's form says so, in their language."""
    async with quickly_staged(tmp_path, settings={"MONTHLY_CREDITS": "1"}, slack={"time_scale": 60}) as stage:
        await until_video(stage, await make_video(stage, script=script))

        async def used_up() -> bool:
            return "1 credits" in (await submit(stage, script=f"2 {script}")).errors.get("script", "")

        await until_true(used_up, what="the month's limit")
        assert "크레딧(1)" in (await submit(stage, MINJI, f"2 {script}")).errors["script"]


async def test_limits_hold_in_socket_mode(tmp_path: Path, script: str) -> None:
    """The words come back over the same connection."""
    settings = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": None, "PUBLIC_URL": None, **SETTINGS}
    async with quickly_staged(tmp_path, settings=settings, slack={"app_token": APP_TOKEN}) as stage:

        async def connected() -> bool:
            return stage.slack.socket_mode.connected > 0

        await until_true(connected, what="a connection in Socket Mode")
        assert "봇을 설치한 분" in (await submit(stage, MINJI, script)).errors["script"]
