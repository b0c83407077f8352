"""What the page is told that a person sees, over the stream."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.demo.slack import Channel, LocalSlack, Message
from tests.demo.page.visitor import ANA, GENERAL, MINJI, PATIENCE, Visitor
from tests.demo.slack.app import TinyApp, client, form, plain

Json = dict[str, Any]


async def test_a_person_sees_themselves_the_others_and_the_app(visitor: Visitor) -> None:
    """The first state has who one is, whom one can be, and what the manifest declares."""
    seen = await visitor.as_(MINJI).state()
    assert seen["me"] == {"id": MINJI, "name": "김민지", "locale": "ko-KR"}
    assert [person["id"] for person in seen["people"]] == [ANA, MINJI]
    assert seen["users"]["U0AVATARB"]["is_bot"]
    assert [command["command"] for command in seen["app"]["commands"]] == ["/make"]
    assert {shortcut["type"] for shortcut in seen["app"]["shortcuts"]} == {"global", "message"}
    assert seen["clock"] > 0


async def test_without_a_name_one_is_the_first_person(visitor: Visitor) -> None:
    """The stream without `?as=` is Ana's, and nobody else's name is taken."""
    async with visitor.http.get(f"{visitor.address}/api/stream") as answer:
        await answer.content.readline()
        assert f'"me": {{"id": "{ANA}"'.encode() in await answer.content.readline()
    async with visitor.http.get(f"{visitor.address}/api/stream?as=U0AVATARB") as answer:
        assert answer.status == 404


async def test_conversations_say_whether_the_app_is_in_them(visitor: Visitor, slack: LocalSlack) -> None:
    """Kind, membership and the other side of a direct message are told; other people's conversations are not."""
    slack.world.channels["C0SECRETS"] = Channel("C0SECRETS", "secrets", "private", {MINJI}, MINJI)
    channels = {channel["id"]: channel for channel in (await visitor.state())["channels"]}
    assert "C0SECRETS" not in channels
    assert "D0APPMINJ" not in channels
    assert (channels[GENERAL]["kind"], channels[GENERAL]["has_bot"]) == ("public", True)
    assert (channels["C0LEADER1"]["kind"], channels["C0LEADER1"]["has_bot"]) == ("private", False)
    assert channels["D0ANAMINJ"]["with"] == MINJI
    assert channels["C0OLDNEWS"]["is_archived"]


async def test_a_message_shows_at_once_on_the_other_page(visitor: Visitor) -> None:
    """What Ana says reaches the stream that Minji has open, and a reply stands in its thread."""
    minji = visitor.as_(MINJI)
    waiting = asyncio.create_task(minji.until(lambda seen: seen["messages"][GENERAL], "the message"))
    said = await visitor.done("say", channel=GENERAL, text="Good morning")
    message = (await asyncio.wait_for(waiting, PATIENCE))["messages"][GENERAL][0]
    assert (message["user"], message["text"], message["reply_count"]) == (ANA, "Good morning", 0)
    await minji.done("say", channel=GENERAL, text="Hello", thread_ts=said["ts"])
    seen = await visitor.until(lambda seen: seen["threads"], "the reply")
    (reply,) = seen["threads"][said["ts"]]
    root = seen["messages"][GENERAL][0]
    assert (reply["text"], root["reply_count"], root["last_reply"]) == ("Hello", 1, reply["ts"])


async def test_a_message_of_the_app_is_shown_with_its_blocks(visitor: Visitor, slack: LocalSlack) -> None:
    """Blocks come as Slack keeps them; only an edit of plain text is marked; a deleted root leaves its tombstone."""
    api = client(slack)
    section = {"type": "section", "block_id": "words", "text": plain("Hi")}
    posted = await api.chat_postMessage(channel=GENERAL, text="Hi", blocks=[section])
    (message,) = (await visitor.state())["messages"][GENERAL]
    assert message["blocks"][0]["block_id"] == "words"
    await api.chat_update(channel=GENERAL, ts=posted["ts"], text="Ho", blocks=[section])
    assert not (await visitor.state())["messages"][GENERAL][0]["edited"]
    await api.chat_update(channel=GENERAL, ts=posted["ts"], text="Ho")
    assert (await visitor.state())["messages"][GENERAL][0]["edited"]
    await visitor.done("say", channel=GENERAL, text="Oh", thread_ts=posted["ts"])
    await api.chat_delete(channel=GENERAL, ts=posted["ts"])
    assert (await visitor.state())["messages"][GENERAL][0]["is_tombstone"]


async def test_an_ephemeral_message_is_for_one_person(visitor: Visitor, slack: LocalSlack) -> None:
    """Only whom it is for sees it, until they dismiss it."""
    await client(slack).chat_postEphemeral(channel=GENERAL, user=ANA, text="Just for you")
    ((shown,),) = (await visitor.state())["ephemerals"].values()
    assert (shown["text"], shown["is_ephemeral"]) == ("Just for you", True)
    assert (await visitor.as_(MINJI).state())["ephemerals"] == {}
    await visitor.done("dismiss", ephemeral=shown["id"])
    assert (await visitor.state())["ephemerals"] == {}


async def test_the_modal_and_the_home_tab_carry_what_stands_in_their_fields(visitor: Visitor, app: TinyApp) -> None:
    """A view comes with its blocks, and for each field its state, initial values included."""
    await visitor.done("command", command="/make", channel=GENERAL)
    view = await visitor.modal()
    assert view["title"]["text"] == "Make"
    assert view["values"]["language"]["selected_option"]["value"] == "en"
    assert view["values"]["place"]["selected_conversation"] == GENERAL
    assert view["state"]["script"] == {"typed": {"type": "plain_text_input", "value": None}}
    assert (await visitor.as_(MINJI).state())["views"] == []
    home = {"type": "home", "blocks": [{"type": "section", "text": plain("Welcome")}]}
    await app.api.views_publish(user_id=ANA, view=home)
    seen = await visitor.state()
    assert seen["home"]["blocks"][0]["text"]["text"] == "Welcome"
    assert (await visitor.as_(MINJI).state())["home"] is None


async def test_an_update_does_not_take_the_caret_away(visitor: Visitor, app: TinyApp) -> None:
    """A page that sees a form only after the app has changed it still knows where the caret begins."""
    begins, changed = form(), form() | {"title": plain("Changed")}
    begins["blocks"][0]["element"]["focus_on_load"] = True

    async def open_and_change(payload: Json) -> web.Response:
        opened = await app.api.views_open(trigger_id=payload["trigger_id"], view=begins)
        await app.api.views_update(view_id=opened["view"]["id"], view=changed)
        return web.Response()

    app.on("/make", open_and_change)
    await visitor.done("command", command="/make", channel=GENERAL)
    view = await visitor.modal()
    assert (view["title"]["text"], view["focus"]) == ("Changed", "script")


async def test_a_stack_of_modals_is_told_from_bottom_to_top(visitor: Visitor, app: TinyApp) -> None:
    """A pushed modal comes after the one below."""
    await visitor.done("command", command="/make", channel=GENERAL)
    below = await visitor.modal()
    app.reply("view_submission", {"response_action": "push", "view": form() | {"title": plain("Above")}})
    await visitor.done("suggest", view=below["id"], block_id="model", query="an")
    await visitor.done("submit", view=below["id"], values={"model": "anna", "script": "Hi"})
    titles = [view["title"]["text"] for view in (await visitor.state())["views"]]
    assert titles == ["Make", "Above"]


async def test_a_page_that_is_slow_gets_the_newest_state(visitor: Visitor, slack: LocalSlack) -> None:
    """A hundred changes while nobody reads are a few states, and the last of them has everything."""
    events = visitor.events()
    await anext(events)
    for number in range(100):
        slack.world.add(Message(slack.world.new_ts(), GENERAL, MINJI, f"No. {number}"))
        slack.workspace.changes.announce()
        await asyncio.sleep(0)
    states = 0
    async with asyncio.timeout(PATIENCE):
        async for name, data in events:
            states += name == "state"
            if len(data["messages"][GENERAL]) == 100:
                break
    assert states < 10
