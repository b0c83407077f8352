"""From the command to the video in the thread, by every way that progress of a render can come in."""

from pathlib import Path
from typing import get_args

import pytest

from bot.demo.aistudios import WebhookEncoding
from bot.demo.stage import Stage
from bot.demo.video import probe
from tests.scenarios.scene import (
    ANA,
    MINJI,
    OLIVIA,
    SCRIPT,
    make_video,
    mentions,
    quickly_staged,
    replies,
    text_of,
    until_video,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("encoding", get_args(WebhookEncoding))
async def test_a_video_arrives_by_webhook(tmp_path: Path, encoding: WebhookEncoding) -> None:
    """However AI Studios encodes its webhooks, the video comes into the thread and mentions the person once."""
    async with quickly_staged(tmp_path, studio={"webhook_encoding": encoding}) as stage:
        root = await make_video(stage)
        video = await until_video(stage, root)
        assert mentions(stage, root) == videos(stage, root) == [video]
        assert {call.status for call in stage.studio.webhooks_sent} == {200}
        assert stage.studio.webhooks_sent[-1].encoding == encoding


async def test_a_video_arrives_though_every_webhook_is_lost(tmp_path: Path) -> None:
    """When no webhook ever arrives, the bot asks after POLL_SECONDS and the person notices nothing."""
    async with quickly_staged(tmp_path, settings={"POLL_SECONDS": "0.3"}) as stage:
        stage.studio.faults.disturb_webhooks(seed=1, lost=1.0)
        root = await make_video(stage)
        await until_video(stage, root)
        assert {call.error for call in stage.studio.webhooks_sent} == {"lost"}


async def test_the_uploaded_video_is_the_rendered_one(stage: Stage) -> None:
    """The file in the thread is, byte for byte, the one that AI Studios rendered, and it plays."""
    root = await make_video(stage)
    (file,) = (await until_video(stage, root)).files
    project = stage.studio.projects[stage.studio.billed[-1].project_id]
    assert project.video is not None
    assert file.path.read_bytes() == project.video.read_bytes()
    assert probe(file.path).seconds > 0


async def test_the_thread_tells_length_credits_and_links(stage: Stage) -> None:
    """At the end the reply tells length, credits and where to open the project; the root shows the outcome."""
    root = await make_video(stage)
    await until_video(stage, root)
    bill = stage.studio.billed[-1]
    reply = text_of(replies(stage, root)[0])
    assert "Video length: " in reply
    assert "Credits used: 1" in reply
    assert f"{stage.studio.base_url}/editor/{bill.project_id}" in reply
    assert f"<@{ANA}>" in text_of(root)
    assert "Credits used: 1" in text_of(root)


async def test_the_export_asks_for_what_the_form_said(stage: Stage) -> None:
    """AI Studios is asked once, with the form's answers and an address for its webhooks."""
    before = len(stage.studio.calls)
    await until_video(stage, await make_video(stage, language="de-DE"))
    calls = list(stage.studio.calls)[before:]
    asked = [call.json for call in calls if call.path.endswith("/simple/custom")]
    bill = stage.studio.billed[-1]
    assert asked == [
        {
            "language": "de-DE",
            "text": SCRIPT,
            "model": OLIVIA,
            "isExport": True,
            "resolution": "1080",
            "webhookUrl": bill.webhook_url,
        }
    ]


async def test_the_root_message_announces_the_video(stage: Stage) -> None:
    """While it renders, the channel sees who makes a video, with which avatar and language, and the script."""
    stage.studio.hold()
    announced = text_of(await make_video(stage, language="fr-FR"))
    for words in (f"<@{ANA}>", "is making", "Olivia", "French", "of speech", SCRIPT):
        assert words in announced


async def test_a_korean_person_gets_a_korean_thread(stage: Stage) -> None:
    """A person whose Slack speaks Korean reads Korean in root, reply and mention."""
    root = await make_video(stage, MINJI, "안녕하세요. 이번 주 소식입니다.", language="ko")
    video = await until_video(stage, root)
    assert "아바타 영상이 준비됐어요" in video.text
    assert "님의 아바타 영상이 완성됐어요" in text_of(root)
    assert "영상이 준비됐어요" in text_of(replies(stage, root)[0])
    assert mentions(stage, root, MINJI) == [video]
