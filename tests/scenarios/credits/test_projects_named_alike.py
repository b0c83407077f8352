"""Exports that AI Studios names alike, by the first words of their scripts: each thread gets its own video or asks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio

from bot.demo.aistudios import Project
from bot.demo.slack import Message
from bot.demo.stage import APP_ID, USER_KEY, Stage
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    OLIVIA,
    answers,
    bills,
    make_video,
    mentions,
    newcomer,
    open_form,
    quickly_staged,
    replies,
    text_of,
    texts,
    until_notified,
    until_submitted,
    until_taken,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that soon gives up looking."""
    folder = tmp_path_factory.mktemp("look-alikes")
    async with quickly_staged(folder, settings={"POLL_SECONDS": "0.1"}, slack={"time_scale": 60}) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="module")
async def ben(stage: Stage) -> str:
    """Somebody else in the channel."""
    return newcomer(stage, "U0BEN0001")


async def made_by_hand(stage: Stage, script: str) -> Project:
    """Somebody makes a video in AI Studios itself, in the account that the bot uses."""
    async with aiohttp.ClientSession(f"{stage.studio.base_url}/api/odin/v3/") as http:
        async with http.post("auth/token", json={"appId": APP_ID, "userKey": USER_KEY}) as answer:
            token = (await answer.json())["data"]["token"]
        order = {"language": "en", "text": script, "model": OLIVIA}
        async with http.post("simple/custom", json=order, headers={"Authorization": token}) as answer:
            return stage.studio.projects[(await answer.json())["data"]["projectId"]]


def project_of(stage: Stage, root: Message) -> Project:
    """The project that the thread links to."""
    shown = text_of(replies(stage, root)[0])
    (project,) = (project for project_id, project in stage.studio.projects.items() if project_id in shown)
    return project


async def assert_asked(stage: Stage, root: Message, person: str = ANA) -> None:
    """The person is asked, and there is no video."""
    assert "couldn't find out" in await until_notified(stage, root, person)
    assert videos(stage, root) == []


@pytest.mark.parametrize("state", ["under way", "finished"])
async def test_anothers_video_is_not_taken(stage: Stage, ben: str, script: str, state: str) -> None:
    """Ben's script never reached AI Studios, and Ana's begins in the same way: Ben is asked, and Ana's is hers."""
    if state == "under way":
        stage.studio.hold()
    anas, bens = f"{script} Ana says.", f"{script} Ben says."
    hers = await make_video(stage, ANA, anas)
    await (until_taken(stage, hers) if state == "under way" else until_video(stage, hers))
    stage.studio.faults.add("/simple/custom", drop="before")
    await assert_asked(stage, await make_video(stage, ben, bens), ben)
    stage.studio.release()
    await until_video(stage, hers)
    assert project_of(stage, hers).request.text == anas
    assert (bills(stage, anas), bills(stage, bens)) == (1, 0)


async def test_between_two_who_wait_for_an_answer_nothing_is_guessed(stage: Stage, ben: str, script: str) -> None:
    """One of two unanswered scripts has become a project, and no webhook says whose it is: both are asked."""
    stage.studio.faults.disturb_webhooks(seed=1, lost=1.0)
    stage.studio.faults.add("/simple/custom", drop="before")
    bens = await make_video(stage, ben, f"{script} Ben says.")
    await stage.studio.until(lambda: sent(stage, f"{script} Ben says."), what="Ben's submission")
    stage.studio.faults.add("/simple/custom", drop="after")
    anas = await make_video(stage, ANA, f"{script} Ana says.")
    await assert_asked(stage, bens, ben)
    await assert_asked(stage, anas)
    assert (bills(stage, f"{script} Ana says."), bills(stage, f"{script} Ben says.")) == (1, 0)


async def test_a_webhook_tells_whose_it_is(stage: Stage, ben: str, script: str) -> None:
    """Two scripts are unanswered, and a webhook comes for the one that became a project: its person gets the video,
    the other one is asked."""
    stage.studio.faults.add("/simple/custom", drop="before")
    bens = await make_video(stage, ben, f"{script} Ben says.")
    await stage.studio.until(lambda: sent(stage, f"{script} Ben says."), what="Ben's submission")
    stage.studio.faults.add("/simple/custom", drop="after")
    anas = await make_video(stage, ANA, f"{script} Ana says.")
    await until_video(stage, anas)
    assert project_of(stage, anas).request.text == f"{script} Ana says."
    await assert_asked(stage, bens, ben)
    assert (bills(stage, f"{script} Ana says."), bills(stage, f"{script} Ben says.")) == (1, 0)


def sent(stage: Stage, script: str) -> bool:
    """Whether this script was sent to AI Studios, answered or not."""
    bodies = [call.json for call in stage.studio.calls if call.path.endswith("/simple/custom")]
    return any(isinstance(body, dict) and body.get("text") == script for body in bodies)


async def test_beside_one_made_by_hand_a_webhook_tells_the_bots_own(stage: Stage, script: str) -> None:
    """A video made by hand has the same name and moment; by its webhook the bot knows its own, and takes that."""
    by_hand = await made_by_hand(stage, f"{script} By hand.")
    stage.studio.faults.add("/simple/custom", drop="after")
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert project_of(stage, root).id == await until_submitted(stage, script) != by_hand.id
    assert bills(stage, script) == 1


async def test_beside_one_made_by_hand_nothing_is_guessed(stage: Stage, script: str) -> None:
    """Without webhooks nothing tells the bot's own video from one made by hand: the person is asked."""
    stage.studio.faults.disturb_webhooks(seed=1, lost=1.0)
    await made_by_hand(stage, f"{script} By hand.")
    stage.studio.faults.add("/simple/custom", drop="after")
    await assert_asked(stage, await make_video(stage, script=script))
    assert bills(stage, script) == 1


async def test_one_made_by_hand_at_another_time_is_not_taken(stage: Stage, script: str) -> None:
    """A video of the same name that was made by hand some minutes earlier is nobody's answer."""
    by_hand = await made_by_hand(stage, f"{script} By hand.")
    by_hand.created_at -= timedelta(minutes=5)
    stage.studio.faults.add("/simple/custom", drop="before")
    await assert_asked(stage, await make_video(stage, script=script))
    assert bills(stage, script) == 0


@pytest.mark.parametrize("answered", [True, False], ids=["answers come", "answers are lost"])
async def test_the_same_script_at_the_same_moment_is_a_video_for_each_form(
    stage: Stage, ben: str, script: str, answered: bool
) -> None:
    """Two people, one of them with two forms, submit the same at once: three videos, each in its own thread."""
    if not answered:
        stage.studio.faults.add("/simple/custom", times=3, drop="after")
    people = [ANA, ben, ANA]
    views = [await open_form(stage, person) for person in people]
    filled = [await answers(stage, view, script) for view in views]
    done = await asyncio.gather(
        *(stage.slack.person(view.user).submit(view, form) for view, form in zip(views, filled, strict=True))
    )
    assert all(one.closed for one in done)
    roots = await stage.slack.until(lambda: announced(stage, script, 3), what="three announcements")
    for root in roots:
        await until_video(stage, root)
    assert sorted(requester(root, ben) for root in roots) == sorted(people)
    assert all(is_its_own(stage, root, requester(root, ben)) for root in roots)
    assert len({project_of(stage, root).id for root in roots}) == bills(stage, script) == len(people)


def announced(stage: Stage, script: str, count: int) -> list[Message]:
    """The announcements of this script, once there are so many."""
    roots = [message for message in stage.slack.messages(GENERAL) if script in texts(message.blocks)]
    return roots if len(roots) == count else []


def requester(root: Message, ben: str) -> str:
    """Whose video a root message announces."""
    return ben if f"<@{ben}>" in text_of(root) else ANA


def is_its_own(stage: Stage, root: Message, person: str) -> bool:
    """Whether the thread has one video, which mentions the person, of the project whose webhook is this export's."""
    assert root.metadata is not None
    export_id = root.metadata["event_payload"]["export_id"].removesuffix(".accept")
    told = videos(stage, root)
    address = str(project_of(stage, root).request.webhook_url)
    return len(told) == 1 and told == mentions(stage, root, person) and f"/{export_id}/" in address
