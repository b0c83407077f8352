"""Behind the scenes: what went over the wire, with its secrets hidden."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from bot.demo.page.traffic import HIDDEN, KEPT, LONGEST_TEXT, shown
from bot.demo.slack import LocalSlack
from bot.demo.stage import Stage
from tests.demo.aistudios.caller import Caller, webhook_inbox
from tests.demo.page.visitor import ANA, GENERAL, Visitor
from tests.demo.slack.app import BOT_TOKEN, SECRET, TinyApp, client, plain

Json = dict[str, Any]


def titled(words: str) -> Any:
    """Whether an entry's title has these words."""
    return lambda entry: words in entry["title"]


async def test_what_slack_delivers_is_shown_with_the_reply(visitor: Visitor, app: TinyApp) -> None:
    """Who to whom, what, the app's answer, and how long it took."""
    app.reply("/make", {"text": "Hello"})
    await visitor.done("command", command="/make", text="a script", channel=GENERAL)
    entry = await visitor.until_traffic(titled("/make"))
    assert (entry["from"], entry["to"], entry["status"]) == ("slack", "bot", 200)
    assert (entry["request"]["text"], entry["response"]) == ("a script", {"text": "Hello"})
    assert entry["ms"] >= 0
    assert entry["at"] > 0


async def test_what_the_app_calls_is_shown_with_the_answer(visitor: Visitor, slack: LocalSlack) -> None:
    """Web API calls, refusals among them, with blocks as JSON however they were sent."""
    blocks = [{"type": "section", "text": plain("Hi")}]
    await client(slack).chat_postMessage(channel=GENERAL, text="Hi", blocks=json.dumps(blocks))
    entry = await visitor.until_traffic(titled("chat.postMessage"))
    assert (entry["from"], entry["to"], entry["status"]) == ("bot", "slack", 200)
    assert entry["request"]["blocks"] == blocks
    assert entry["response"]["ok"]


async def test_ai_studios_and_its_webhooks_are_shown(visitor: Visitor, small_stage: Stage) -> None:
    """The call of the app, and the webhooks that come back, lost ones too."""
    async with webhook_inbox() as hooks, Caller(small_stage.studio) as caller:
        await caller.export(webhookUrl=f"{hooks.url}/a/proof-of-it")
        submitted = await visitor.until_traffic(titled("/simple/custom"))
        assert (submitted["from"], submitted["to"], submitted["status"]) == ("bot", "studio", 200)
        assert submitted["request"]["webhookUrl"].endswith(f"/a/{HIDDEN}")
        done = await visitor.until_traffic(titled("webhook 100 %"))
        assert (done["from"], done["to"], done["status"]) == ("studio", "bot", 200)
        assert done["request"]["progress"] == 100
        await visitor.turn("lose_webhooks")
        await caller.export(text="Another", webhookUrl=f"{hooks.url}/b/proof-of-it")
        lost = await visitor.until_traffic(lambda entry: entry["response"] == "lost")
        assert lost["status"] is None


async def test_a_connection_that_breaks_has_no_status(visitor: Visitor, slack: LocalSlack, app: TinyApp) -> None:
    """Neither a call whose answer is lost nor a payload that reaches nobody."""
    slack.faults.add("chat.postMessage", drop="after")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await app.api.chat_postMessage(channel=GENERAL, text="Hi")
    assert (await visitor.until_traffic(titled("chat.postMessage")))["status"] is None
    slack.request_url = None
    await visitor.refused("shortcut", callback_id="make_global")
    failed = await visitor.until_traffic(titled("shortcut"))
    assert (failed["status"], failed["response"]) == (None, "connection_failed")


async def test_no_secret_is_shown(visitor: Visitor, slack: LocalSlack, small_stage: Stage) -> None:
    """Tokens, signatures, keys and addresses that are their own proof appear in no entry."""
    await visitor.done("command", command="/make", channel=GENERAL)
    await client(slack).files_upload_v2(channel=GENERAL, filename="a.txt", content=b"content", title=BOT_TOKEN)
    await slack.person(ANA).run_step("make_step", {"script": "Hi"})
    async with Caller(small_stage.studio) as caller:
        secrets = [BOT_TOKEN, SECRET, caller.http.headers["Authorization"], '"key"', "xwfp-", "v0="]
        await caller.get("/model")
    uploads = [file.upload_token for file in slack.world.files.values()]
    seen = []
    async for name, data in visitor.events():
        seen += [json.dumps(data)] if name == "traffic" else []
        if "/model" in str(data.get("title")):
            break
    assert len(seen) > 5
    for secret in [*secrets, *uploads]:
        assert [entry for entry in seen if secret in entry] == []


async def test_only_the_last_entries_are_kept(visitor: Visitor, app: TinyApp) -> None:
    """A page that comes later gets those, oldest first."""
    for number in range(KEPT + 5):
        await app.api.api_call("auth.test", json={"number": number})
    numbers = []
    async for name, data in visitor.events():
        numbers += [data["request"]["number"]] if name == "traffic" else []
        if numbers[-1:] == [KEPT + 4]:
            break
    assert numbers == list(range(5, KEPT + 5))


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ({"token": "abc", "text": "x"}, {"token": HIDDEN, "text": "x"}),
        ({"userKey": "k", "appId": "a"}, {"userKey": HIDDEN, "appId": HIDDEN}),
        ({"deep": [{"bot_access_token": "xwfp-1"}]}, {"deep": [{"bot_access_token": HIDDEN}]}),
        ({"view": '{"blocks": [{"type": "divider"}]}'}, {"view": {"blocks": [{"type": "divider"}]}}),
        ({"view": '{"token": "abc"}'}, {"view": {"token": HIDDEN}}),
        ({"response_url": "http://a/commands/T1/xyz"}, {"response_url": f"http://a/commands/T1/{HIDDEN}"}),
        ("my token is xoxb-12-ab!", f"my token is {HIDDEN}!"),
        ("{not json", "{not json"),
        ({"n": 1, "none": None}, {"n": 1, "none": None}),
    ],
)
def test_bodies_as_they_are_shown(body: object, seen: object) -> None:
    """Secrets hidden wherever they stand, JSON in strings unwrapped."""
    assert shown(body) == seen


def test_a_long_text_is_cut() -> None:
    """What is left says how long it was."""
    cut = shown("x" * (LONGEST_TEXT + 1))
    assert len(cut) < LONGEST_TEXT + 40
    assert cut.endswith("(8,001 characters)")
