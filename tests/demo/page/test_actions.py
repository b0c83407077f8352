"""What a person does at the page, and what the app and the person get of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from aiohttp import web

from bot.demo.slack import TROUBLE, LocalSlack
from tests.demo.page.visitor import ANA, GENERAL, MINJI, Visitor
from tests.demo.slack.app import TinyApp, form, option, plain

Json = dict[str, Any]
FILLED = {"script": "Hello", "model": "anna"}


async def opened(visitor: Visitor) -> Json:
    """The form, with its models looked up."""
    await visitor.done("command", command="/make", channel=GENERAL)
    view = await visitor.modal()
    await visitor.done("suggest", view=view["id"], block_id="model", query="an")
    return view


def modal(*blocks: Json) -> Json:
    """A modal of these blocks."""
    return {"type": "modal", "title": plain("Make"), "submit": plain("Go"), "blocks": list(blocks)}


def button(action_id: str) -> Json:
    """A block with one button."""
    element = {"type": "button", "action_id": action_id, "text": plain("Press"), "value": "7"}
    return {"type": "actions", "block_id": "buttons", "elements": [element]}


async def test_a_command_reaches_the_app(visitor: Visitor, app: TinyApp) -> None:
    """With its words, from the channel in which it was typed, by whoever one is."""
    await visitor.as_(MINJI).done("command", command="/make", text="a b", channel="C0LAUNCH1")
    payload = app.last("/make")
    assert (payload["text"], payload["channel_id"], payload["user_id"]) == ("a b", "C0LAUNCH1", MINJI)


async def test_a_command_that_fails_says_so_as_slack_does(visitor: Visitor, app: TinyApp, slack: LocalSlack) -> None:
    """An unknown command, an app that is late and one that is away."""
    assert "/nope" in await visitor.refused("command", command="/nope", channel=GENERAL)
    app.silent("/make")
    assert "operation_timeout" in await visitor.refused("command", command="/make", channel=GENERAL)
    slack.request_url = None
    assert "dispatch_failed" in await visitor.refused("command", command="/make", channel=GENERAL)


async def test_shortcuts_reach_the_app(visitor: Visitor, app: TinyApp) -> None:
    """The global one, and one in the menu of a message with that message."""
    said = await visitor.done("say", channel=GENERAL, text="A script")
    await visitor.done("shortcut", callback_id="make_global")
    assert app.last("shortcut")["user"]["id"] == ANA
    await visitor.done("message_shortcut", callback_id="make_message", channel=GENERAL, ts=said["ts"])
    assert app.last("message_action")["message"]["text"] == "A script"
    assert await visitor.refused("shortcut", callback_id="make_message")
    assert await visitor.refused("message_shortcut", callback_id="make_message", channel=GENERAL, ts="1.000000")


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": GENERAL, "text": "  "},
        {"channel": "C0NOWHERE", "text": "Hi"},
        {"channel": "C0OLDNEWS", "text": "Hi"},
        {"channel": GENERAL, "text": "Hi", "thread_ts": "1.000000"},
    ],
)
async def test_what_cannot_be_said_is_refused(visitor: Visitor, fields: Json) -> None:
    """Nothing, nowhere, in an archived channel, in a thread that is not there."""
    assert await visitor.refused("say", **fields)


async def test_what_is_typed_is_remembered_and_the_app_not_told(visitor: Visitor, app: TinyApp) -> None:
    """Half a form outlives a change of persons, as the snapshot carries it."""
    view = await opened(visitor)
    received = len(app.received)
    await visitor.done("type", view=view["id"], values={"script": "Half a th", "language": "ko"})
    values = (await visitor.modal())["values"]
    assert (values["script"]["value"], values["language"]["selected_option"]["value"]) == ("Half a th", "ko")
    assert len(app.received) == received
    assert await visitor.refused("type", view=view["id"], values={"language": "fr"})


async def test_the_app_is_asked_for_options(visitor: Visitor, app: TinyApp) -> None:
    """Options and groups of them come as the app gave them; too short a query asks nobody."""
    view = await opened(visitor)
    answer = await visitor.done("suggest", view=view["id"], block_id="model", query="an")
    assert [one["value"] for one in answer["options"]] == ["anna", "ben"]
    app.reply("block_suggestion", {"option_groups": [{"label": plain("Ours"), "options": [option("cleo")]}]})
    answer = await visitor.done("suggest", view=view["id"], block_id="model", query="cl")
    assert answer["option_groups"][0]["options"][0]["value"] == "cleo"
    await visitor.done("type", view=view["id"], values={"model": "cleo"})
    assert await visitor.refused("suggest", view=view["id"], block_id="model", query="c")
    app.reply("block_suggestion", {"nonsense": True})
    assert await visitor.refused("suggest", view=view["id"], block_id="model", query="cleo")


async def test_what_the_client_sees_is_missing_is_not_sent(visitor: Visitor, app: TinyApp) -> None:
    """Empty and overlong fields get their words at once, and stand in the state until they change."""
    view = await opened(visitor)
    answer = await visitor.done("submit", view=view["id"], values={"script": "x" * 21})
    assert set(answer["errors"]) == {"model", "script"}
    assert not answer["closed"]
    assert [payload for payload in app.received if payload.get("type") == "view_submission"] == []
    assert set((await visitor.modal())["errors"]) == {"model", "script"}
    await visitor.done("type", view=view["id"], values={"script": "short"})
    assert set((await visitor.modal())["errors"]) == {"model"}


async def test_the_apps_errors_stand_beside_the_fields(visitor: Visitor, app: TinyApp) -> None:
    """They come with the answer and in the state; the next submission that pleases the app closes the modal."""
    view = await opened(visitor)
    app.reply("view_submission", {"response_action": "errors", "errors": {"script": "Say more"}})
    answer = await visitor.done("submit", view=view["id"], values=FILLED)
    assert (answer["errors"], answer["closed"]) == ({"script": "Say more"}, False)
    assert (await visitor.modal())["errors"] == {"script": "Say more"}
    del app.answers["view_submission"]
    answer = await visitor.done("submit", view=view["id"])
    assert (answer["errors"], answer["closed"]) == ({}, True)
    state = app.last("view_submission")["view"]["state"]["values"]
    assert state["script"]["typed"]["value"] == "Hello"
    assert (await visitor.state())["views"] == []


async def test_a_submission_without_a_usable_reply_keeps_the_modal(visitor: Visitor, slack: LocalSlack) -> None:
    """Slack's words about trouble, and everything typed still there."""
    view = await opened(visitor)
    slack.request_url = None
    assert TROUBLE in await visitor.refused("submit", view=view["id"], values=FILLED)
    assert (await visitor.modal())["values"]["script"]["value"] == "Hello"


async def test_a_file_is_given_to_a_form(visitor: Visitor, app: TinyApp) -> None:
    """Its bytes are uploaded, and the app gets the file's description; one that came in pieces is refused."""
    element = {"type": "file_input", "action_id": "given", "filetypes": ["txt"], "max_files": 1}
    app.opens(modal({"type": "input", "block_id": "file", "label": plain("File"), "element": element}))
    await visitor.done("command", command="/make", channel=GENERAL)
    view = await visitor.modal()
    for broken in ({"name": "a.txt", "base64": "%%%"}, {"name": "a.txt"}, {"name": "a.exe", "base64": "aGk="}):
        assert await visitor.refused("type", view=view["id"], values={"file": [broken]})
    content = base64.b64encode("안녕".encode()).decode()
    answer = await visitor.done("submit", view=view["id"], values={"file": [{"name": "a.txt", "base64": content}]})
    assert answer["closed"]
    (file,) = app.last("view_submission")["view"]["state"]["values"]["file"]["given"]["files"]
    async with visitor.http.get(f"{visitor.address}/files/{file['id']}") as answered:
        assert (await answered.read()).decode() == "안녕"


async def test_a_dispatching_input_tells_the_app(visitor: Visitor, app: TinyApp) -> None:
    """Choosing in it is a block_actions with the choice, and with what stands in the other fields."""
    blocks = form()["blocks"]
    blocks[3]["dispatch_action"] = True
    app.opens(modal(*blocks))
    view = await opened(visitor)
    await visitor.done("choose", view=view["id"], block_id="language", value="ko", values={"script": "Hi"})
    payload = app.last("block_actions")
    assert payload["actions"][0]["selected_option"]["value"] == "ko"
    assert payload["view"]["state"]["values"]["script"]["typed"]["value"] == "Hi"


async def test_a_button_in_a_modal_tells_the_app(visitor: Visitor, app: TinyApp) -> None:
    """With what was typed beside it; an app that is away is trouble."""
    app.opens(modal(form()["blocks"][0], button("more")))
    await visitor.done("command", command="/make", channel=GENERAL)
    view = await visitor.modal()
    place = {"where": {"view": view["id"]}, "block_id": "buttons", "action_id": "more"}
    await visitor.done("press", **place, values={"script": "Hi"})
    payload = app.last("block_actions")
    assert payload["actions"][0]["value"] == "7"
    assert payload["view"]["state"]["values"]["script"]["typed"]["value"] == "Hi"
    app.slack.request_url = None
    assert await visitor.refused("press", **place) == TROUBLE


async def test_a_button_in_a_message_tells_the_app(visitor: Visitor, app: TinyApp) -> None:
    """In one for all, and in one that only this person sees; not in one that is not there."""
    posted = await app.api.chat_postMessage(channel=GENERAL, text="Press", blocks=[button("again")])
    shown = await app.api.chat_postEphemeral(channel=GENERAL, user=ANA, text="Press", blocks=[button("again")])
    for ts in (posted["ts"], shown["message_ts"]):
        await visitor.done("press", where={"channel": GENERAL, "ts": ts}, block_id="buttons", action_id="again")
        assert app.last("block_actions")["container"]["message_ts"] == ts
    hidden = {"where": {"channel": GENERAL, "ts": shown["message_ts"]}, "block_id": "buttons", "action_id": "again"}
    assert await visitor.as_(MINJI).refused("press", **hidden)


async def test_what_vanished_is_told_by_a_code(visitor: Visitor, app: TinyApp) -> None:
    """A button that an update took away, a message that is gone: the page has words for them in every language."""
    posted = await app.api.chat_postMessage(channel=GENERAL, text="Press", blocks=[button("again")])
    place = {"block_id": "buttons", "action_id": "again"}
    await app.api.chat_update(channel=GENERAL, ts=posted["ts"], text="Done", blocks=[])
    pressed = await visitor.act("press", where={"channel": GENERAL, "ts": posted["ts"]}, **place)
    assert (pressed["ok"], pressed["code"]) == (False, "button_gone")
    pressed = await visitor.act("press", where={"channel": GENERAL, "ts": "1.000000"}, **place)
    assert (pressed["ok"], pressed["code"]) == (False, "message_gone")


async def test_the_app_is_invited(visitor: Visitor, slack: LocalSlack) -> None:
    """Then it is in the channel, which says so; nobody is invited twice, into a direct message, or without a name."""
    mention = f"<@{slack.world.bot_user_id}>"
    await visitor.done("invite", channel="C0LAUNCH1", text=mention)
    seen = await visitor.state()
    (launch,) = [channel for channel in seen["channels"] if channel["id"] == "C0LAUNCH1"]
    assert launch["has_bot"]
    joined = seen["messages"]["C0LAUNCH1"][-1]
    assert (joined["user"], joined["is_join"]) == (slack.world.bot_user_id, True)
    refused = {
        "in_channel_already": ("C0LAUNCH1", mention),
        "nobody_to_invite": ("C0LEADER1", "somebody"),
        "no_invitations_here": ("D0ANAMINJ", mention),
        "cannot_write": ("C0OLDNEWS", mention),
    }
    for code, (channel, text) in refused.items():
        assert (await visitor.act("invite", channel=channel, text=text))["code"] == code


async def test_a_modal_is_closed(visitor: Visitor) -> None:
    """It is gone, and nothing can be typed into it any more."""
    view = await opened(visitor)
    await visitor.done("close", view=view["id"])
    assert (await visitor.state())["views"] == []
    assert await visitor.refused("type", view=view["id"], values={"script": "late"})


async def test_a_page_that_is_loaded_anew_has_no_modal(visitor: Visitor, app: TinyApp) -> None:
    """Every modal of this person is gone, nobody else's, and the app is not told."""
    minji = visitor.as_(MINJI)
    await opened(minji)
    below = await opened(visitor)
    app.reply("view_submission", {"response_action": "push", "view": form() | {"notify_on_close": True}})
    await visitor.done("submit", view=below["id"], values=FILLED)
    assert len((await visitor.state())["views"]) == 2
    received = len(app.received)
    await visitor.done("reload")
    assert (await visitor.state())["views"] == []
    assert (await minji.state())["views"]
    assert len(app.received) == received


async def test_nobody_reaches_into_somebody_elses_modal(visitor: Visitor) -> None:
    """Minji cannot type into Ana's form, submit it or close it."""
    view, minji = await opened(visitor), visitor.as_(MINJI)
    for do in ("type", "submit", "close"):
        assert await minji.refused(do, view=view["id"])
    assert (await visitor.state())["views"]


async def test_the_home_tab_is_opened(visitor: Visitor, app: TinyApp) -> None:
    """The app is told, and what it publishes shows."""

    async def publish(payload: Json) -> web.Response:
        view = {"type": "home", "blocks": [{"type": "section", "text": plain("Welcome")}]}
        await app.api.views_publish(user_id=payload["event"]["user"], view=view)
        return web.Response()

    app.on("app_home_opened", publish)
    await visitor.done("open_home")
    seen = await visitor.until(lambda seen: seen["home"], "the Home tab")
    assert seen["home"]["blocks"][0]["text"]["text"] == "Welcome"


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"do": "fly"}', '{"do": "say"}', '{"do": "say", "channel": 1, "text": "x"}']
)
async def test_nonsense_is_refused(visitor: Visitor, body: str) -> None:
    """What is no action of this page is a bad request."""
    headers = {"Content-Type": "application/json"}
    async with visitor.http.post(f"{visitor.address}/api/act", data=body, headers=headers) as answer:
        assert answer.status == 400
