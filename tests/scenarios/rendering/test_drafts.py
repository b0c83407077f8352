"""*Keep as a draft in AI Studios*: nothing is rendered, and the person gets the project to go on with."""

import pytest

from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.scenarios.presses import buttons
from tests.scenarios.scene import (
    ANA,
    MINJI,
    answers,
    make_video,
    mentions,
    open_form,
    replies,
    restart,
    text_of,
    until_announced,
    until_says,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def draft(stage: Stage, script: str, person: str = ANA) -> Message:
    """Fills in the form, with the draft among its options, and gives the root message."""
    someone = stage.slack.person(person)
    view = await open_form(stage, person)
    filled = await answers(stage, view, script)
    await someone.press(view, "more_options")
    await stage.slack.until(lambda: "draft" in {block["block_id"] for block in view.body["blocks"]}, what="the options")
    assert (await someone.submit(view, filled | {"draft": ["draft"]})).closed
    return await until_announced(stage, script)


@pytest.mark.parametrize(
    ("person", "told", "label", "another"),
    [
        (ANA, "your draft is in AI Studios", "Open in AI Studios", "Make another version"),
        (MINJI, "초안이 AI Studios에 있어요. 그곳에서", "AI Studios에서 열기", "다른 버전 만들기"),
    ],
)
async def test_a_draft_is_handed_over(
    stage: Stage, script: str, person: str, told: str, label: str, another: str
) -> None:
    """One mention with the link to the editor; no render and no credits; root and reply say that it is a draft."""
    root = await draft(stage, script, person)
    await until_says(stage, root, "📝")
    (project,) = (one for one in stage.studio.projects.values() if one.request.text == script)
    (mention,) = mentions(stage, root, person)
    assert told in text_of(mention)
    assert f"/{project.id}|{label}>" in text_of(mention)
    assert text_of(replies(stage, root)[0]).startswith("📝")
    assert not project.request.is_export
    assert project.credit is None or project.credit == 0
    assert not any(bill.text == script for bill in stage.studio.billed)
    assert videos(stage, root) == []
    assert set(buttons(replies(stage, root)[0])) == {another}


async def test_a_draft_survives_a_power_cut(stage: Stage, script: str) -> None:
    """Killed while the draft is on its way, the bot hands it over when it is back, once."""
    stage.studio.faults.add("/simple/custom", status=503, retry_after=1)
    root = await draft(stage, script)
    await until_says(stage, (await stage.slack.until(lambda: replies(stage, root)))[0], "busy")
    await restart(stage)
    await until_says(stage, root, "📝")
    assert len(mentions(stage, root)) == 1
    assert sum(one.request.text == script for one in stage.studio.projects.values()) == 1


async def test_a_video_can_follow_a_draft(stage: Stage, script: str) -> None:
    """What is asked for after a draft is rendered as ever."""
    await until_says(stage, await draft(stage, script), "📝")
    await until_video(stage, await make_video(stage, script=f"{script} Rendered."))
