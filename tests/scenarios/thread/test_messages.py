"""The thread: one root, one reply that is edited calmly, one new reply that mentions; and harmless words."""

import itertools
import re
import unicodedata
from pathlib import Path

import pytest

from bot.demo.slack import live_entities
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    MINJI,
    bills,
    edits_of,
    make_video,
    mentions,
    methods,
    quickly_staged,
    replies,
    texts,
    until_notified,
    until_video,
    versions,
    videos,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

EDIT_INTERVAL = 3.0
# Slack's and the engine's clocks may round differently.
TOLERANCE = 0.1

HOSTILE = {
    "mentions": "<@U0MINJI01> <!channel> <!here> <!everyone> <!subteam^S0TEAM001> @here @channel @minji",
    "channels": "<#C0LAUNCH1> <#C0LAUNCH1|launch> #general #launch",
    "links": "<https://evil.example|click here> https://evil.example mailto:a@evil.example <mailto:a@b.c|me>",
    "formatting": "*bold* _italic_ ~gone~ `code`\n> quoted\n```block```\n&gt; quoted too",
    "emoji": ":tada: :+1: :slightly_smiling_face:",
    "dates": "<!date^1392734382^{date_short}|then> &lt;@U0MINJI01&gt; &amp;lt;!here&amp;gt;",
    "braces": "{user} {0} %s {script.__class__} ${HOME}",
    "markdown": "# Title\n[click](https://evil.example) **bold** ![x](https://evil.example/x.png)\n---\n- item",
}

EXACT = {
    "line ends": "One\r\nTwo\nThree\r\n",
    "white space": "  leading and trailing \t \n",
    "emoji": "Family 👨‍👩‍👧‍👦, flag 🇰🇷, thumbs 👍🏽",
    "decomposed": unicodedata.normalize("NFD", "한글과 café"),
    "zero width": "a\u200bb\u200dc\ufeffd\u2060e",
    "right to left": "שלום \u202egnirts\u202c مرحبا",
    "controls": "bell\x07 and escape\x1b and separator\u2028",
    "entities": "&amp; &lt;b&gt; % \\ \" ' {not a field}",
}


async def test_one_root_one_edited_reply_and_one_new_reply(stage: Stage) -> None:
    """The channel gets one message, its thread two: the one that is edited and the one with the video."""
    calls, messages = len(stage.slack.calls), len(stage.slack.messages("C0GENERAL"))
    root = await make_video(stage)
    video = await until_video(stage, root)
    progress, last = replies(stage, root)
    assert last is video
    assert not progress.files
    assert progress.edits
    assert stage.slack.messages("C0GENERAL")[messages:] == [root]
    assert methods(stage, since=calls).count("chat.postMessage") == 2


async def test_progress_is_edited_at_most_every_three_seconds(tmp_path: Path) -> None:
    """However often AI Studios calls, edits are three seconds apart; only the last two come when they come. One of
    them tells how far it is, and how long the rest will take."""
    async with quickly_staged(tmp_path, studio={"render_seconds": 7}) as stage:
        root = await make_video(stage)
        await until_video(stage, root)
        progress = replies(stage, root)[0]
        moments = [edit.at for edit in progress.edits[:-2]]
        assert all(later - one > EDIT_INTERVAL - TOLERANCE for one, later in itertools.pairwise(moments))
        shown = [int(found[1]) for words in edits_of(progress) if (found := re.search(r"(\d+)%", words))]
        assert shown
        assert shown == sorted(shown)
        assert any("left" in words for words in edits_of(progress))


async def test_a_video_takes_few_calls(stage: Stage) -> None:
    """A whole export needs a dozen calls of the Web API, though AI Studios calls a hundred times."""
    stage.studio.faults.progress_script = range(1, 101)
    before = len(stage.slack.calls)
    await until_video(stage, await make_video(stage))
    assert len(stage.slack.calls) - before <= 12


async def test_scripts_reach_ai_studios_as_written(stage: Stage) -> None:
    """AI Studios receives each script byte for byte."""
    before = len(stage.studio.billed)
    languages = {"right to left": "ar-SA"}
    roots = [
        await make_video(stage, script=script, language=languages.get(name, "en")) for name, script in EXACT.items()
    ]
    for root in roots:
        await until_video(stage, root)
    received = [bill.text.encode() for bill in list(stage.studio.billed)[before:]]
    assert sorted(received) == sorted(script.encode() for script in EXACT.values())


async def test_a_script_of_full_length_fits_everywhere(stage: Stage) -> None:
    """3000 characters of the hungriest kind reach AI Studios, and Slack takes every message about them."""
    script = '&<>"\\\n' * 500
    root = await make_video(stage, script=script)
    await until_video(stage, root)
    assert stage.studio.billed[-1].text == script
    assert script in texts(root.blocks)


async def test_hostile_scripts_are_harmless(stage: Stage) -> None:
    """No mention, channel, link, formatting or emoji in a script comes alive in any version of any message."""
    before = len(stage.slack.calls)
    roots = [await make_video(stage, script=script) for script in HOSTILE.values()]
    for root in roots:
        await until_video(stage, root)
        assert root.notified <= {ANA}
    assert alive(stage, since=before) == set()


async def test_hostile_words_of_ai_studios_are_harmless(stage: Stage) -> None:
    """Nothing in the words with which AI Studios refuses comes alive either."""
    before = len(stage.slack.calls)
    stage.studio.faults.add("/simple/custom", error=(4000, " ".join(HOSTILE.values())))
    root = await make_video(stage)
    assert "@here" in await until_notified(stage, root)
    assert alive(stage, since=before) == set()


def alive(stage: Stage, *, since: int) -> set[str]:
    """What is live in any version of any message, apart from the person and links to AI Studios."""
    entities = set().union(*(live_entities(message) for message in versions(stage, since=since)))
    return {one for one in entities if one != f"<@{ANA}>" and not one.startswith(f"<{stage.studio.base_url}/")}


async def test_two_people_at_once_get_their_own_videos(stage: Stage) -> None:
    """Exports side by side keep to their own threads, scripts and mentions."""
    first = await make_video(stage, ANA, "From Ana.")
    second = await make_video(stage, MINJI, "From Minji.", place="C0STUDIO1")
    await until_video(stage, first)
    await until_video(stage, second)
    assert mentions(stage, first, ANA) == videos(stage, first)
    assert mentions(stage, second, MINJI) == videos(stage, second)
    assert mentions(stage, first, MINJI) == mentions(stage, second, ANA) == []
    assert bills(stage, "From Ana.") == bills(stage, "From Minji.") == 1


async def test_many_videos_at_once_all_arrive(stage: Stage) -> None:
    """Ten exports in one channel all arrive, each announced once, mentioned once and billed once."""
    scripts = [f"Script number {number}." for number in range(10)]
    roots = [await make_video(stage, script=script) for script in scripts]
    for root in roots:
        await until_video(stage, root, seconds=60)
    assert [len(mentions(stage, root)) for root in roots] == [1] * 10
    assert [bills(stage, script) for script in scripts] == [1] * 10
