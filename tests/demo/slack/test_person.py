"""What a person does in the local Slack, and what the app gets of it, over HTTP and by Socket Mode."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.demo.slack import (
    TROUBLE,
    AppReplyRefused,
    ClientRefused,
    LocalSlack,
    Person,
    View,
    live_entities,
    state_values,
)
from bot.demo.slack.delivery.http import sign
from tests.demo.slack.app import APP_TOKEN, BOT_TOKEN, SECRET, TinyApp, client, form, manifest, option, plain
from tests.demo.slack.requests import post, slash_body

Json = dict[str, Any]
FILLED = {"script": "Hello", "model": "anna", "place": "C0STUDIO1"}


async def filled_form(ana: Person) -> View:
    """The form, open, with the models looked up."""
    view = await ana.view(of=await ana.slash_command("/make"))
    await ana.suggestions(view, "model", "an")
    return view


async def test_a_slash_command_has_slacks_fields(ana: Person, app: TinyApp) -> None:
    """Every field Slack always sends is there, signed, with names escaped as the manifest asks."""
    reply = await ana.slash_command("/make", "for @minji in #launch", channel="C0STUDIO1")
    assert (reply.status, reply.error) == (200, None)
    payload = app.last("/make")
    assert payload["text"] == "for <@U0MINJI01|minji> in <#C0LAUNCH1|launch>"
    assert (payload["channel_name"], payload["user_name"]) == ("privategroup", "ana")
    assert set(payload) == {
        *("token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name"),
        *("command", "text", "api_app_id", "is_enterprise_install", "response_url", "trigger_id"),
    }


async def test_a_reply_to_a_command_is_shown_to_the_person(ana: Person, app: TinyApp, slack: LocalSlack) -> None:
    """Text alone is ephemeral, in_channel is for all, broken blocks are an error."""
    app.reply("/make", {"text": "only you"})
    await ana.slash_command("/make")
    app.reply("/make", {"response_type": "in_channel", "text": "all"})
    await ana.slash_command("/make")
    assert [m.text for m in ana.ephemerals()] == ["only you"]
    assert [m.text for m in slack.messages("C0GENERAL")] == ["all"]
    app.reply("/make", {"blocks": [{"type": "nothing"}]})
    assert (await ana.slash_command("/make")).error == "invalid_blocks"


async def test_what_the_client_does_not_let_through(ana: Person) -> None:
    """Unknown commands and shortcuts, and conversations the person is not in."""
    with pytest.raises(ClientRefused):
        await ana.slash_command("/unknown")
    with pytest.raises(ClientRefused):
        await ana.slash_command("/make", channel="D0APPMINJ")
    with pytest.raises(ClientRefused):
        await ana.slash_command("/make", channel="C0OLDNEWS")
    with pytest.raises(ClientRefused):
        await ana.shortcut("make_message")


async def test_three_seconds_are_the_limit(ana: Person, app: TinyApp) -> None:
    """A silent app is a timeout to the person, and its trigger has expired by then."""
    app.silent("/make")
    reply = await ana.slash_command("/make")
    assert reply.error == "operation_timeout"
    with pytest.raises(SlackApiError) as call:
        await app.api.views_open(trigger_id=app.last("/make")["trigger_id"], view=form())
    assert call.value.response["error"] == "expired_trigger_id"


async def test_an_app_that_is_away_or_broken_is_an_error(ana: Person, app: TinyApp, slack: LocalSlack) -> None:
    """A refused connection and a server error are told apart."""

    async def broken(_: Json) -> web.Response:
        return web.Response(status=500)

    app.on("/make", broken)
    assert (await ana.slash_command("/make")).error == "http_error"
    slack.request_url = "http://127.0.0.1:9/slack/events"
    assert (await ana.slash_command("/make")).error == "connection_failed"


async def test_a_submission_carries_the_state(ana: Person, app: TinyApp) -> None:
    """What was typed, chosen, preset and defaulted is in view.state.values; then the modal closes."""
    view = await filled_form(ana)
    outcome = await ana.submit(view, {"script": "Hello", "model": "anna"})
    assert (outcome.closed, outcome.error, outcome.view) == (True, None, None)
    payload = app.last("view_submission")
    values = payload["view"]["state"]["values"]
    text = {"type": "plain_text", "text": "anna"}
    assert values["script"]["typed"] == {"type": "plain_text_input", "value": "Hello"}
    assert values["model"]["chosen"]["selected_option"] == {"text": text, "value": "anna"}
    assert values["place"]["to"]["selected_conversation"] == "C0GENERAL"
    assert values["language"]["spoken"]["selected_option"]["value"] == "en"
    assert payload["view"]["id"] == view.id
    assert payload["response_urls"] == []


@pytest.mark.parametrize(
    "values",
    [
        {"script": ""},
        {"script": "x" * 21},
        {"model": "nobody"},
        {"language": "fr"},
        {"place": "D0APPMINJ"},
        {"place": None},
        {"colour": "red"},
    ],
)
async def test_the_client_checks_before_it_sends(ana: Person, app: TinyApp, values: Json) -> None:
    """Required, length, offered options and conversations of the person."""
    view = await filled_form(ana)
    with pytest.raises(ClientRefused):
        await ana.submit(view, {**FILLED, **values})
    assert "view_submission" not in [payload.get("type") for payload in app.received]


async def test_a_forged_client_sends_anything(ana: Person, app: TinyApp) -> None:
    """Without client checks the app gets what the client would have stopped."""
    view = await filled_form(ana)
    await ana.submit(view, {"script": "x" * 30, "model": "nobody", "place": "D0APPMINJ"}, client_checks=False)
    values = app.last("view_submission")["view"]["state"]["values"]
    assert values["model"]["chosen"]["selected_option"]["value"] == "nobody"
    assert len(values["script"]["typed"]["value"]) == 30


async def test_errors_keep_the_modal_and_what_was_typed(ana: Person, app: TinyApp) -> None:
    """After response_action errors the person may send the same view again, also once it is closed."""
    view = await filled_form(ana)
    app.reply("view_submission", {"response_action": "errors", "errors": {"place": "Not there."}})
    outcome = await ana.submit(view, FILLED)
    assert (outcome.errors, outcome.closed) == ({"place": "Not there."}, False)
    app.reply("view_submission", {"response_action": "clear"})
    assert (await ana.submit(view)).closed
    with pytest.raises(ClientRefused):
        await ana.submit(view)
    assert (await ana.submit(view, again=True)).closed
    submissions = [p["view"] for p in app.received if p.get("type") == "view_submission"]
    assert len(submissions) == 3
    assert {v["id"] for v in submissions} == {view.id}
    assert submissions[0]["state"] == submissions[2]["state"]


@pytest.mark.parametrize(
    "body",
    [
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors", "errors": {"script": ""}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "dance"},
        {"ok": True},
    ],
)
async def test_a_reply_slack_cannot_use_is_trouble(ana: Person, app: TinyApp, body: Json) -> None:
    """The modal stays open and the person reads that there was trouble."""
    view = await filled_form(ana)
    app.reply("view_submission", body)
    outcome = await ana.submit(view, FILLED)
    assert not outcome.closed
    assert (outcome.error or "").startswith(TROUBLE)


async def test_views_are_updated_and_pushed_by_the_reply(ana: Person, app: TinyApp) -> None:
    """update replaces the view and keeps what was typed, push puts one on top, empty goes back."""
    view = await filled_form(ana)
    app.reply("view_submission", {"response_action": "update", "view": {**form(), "title": plain("Again")}})
    updated = (await ana.submit(view, FILLED)).view
    assert updated is view
    assert view.body["title"]["text"] == "Again"
    assert state_values(view)["script"]["typed"]["value"] == "Hello"
    app.reply("view_submission", {"response_action": "push", "view": form()})
    pushed = (await ana.submit(view)).view
    assert pushed is not None
    assert (pushed.previous_id, pushed.root_id) == (view.id, view.id)

    async def empty(_: Json) -> web.Response:
        return web.Response()

    app.on("view_submission", empty)
    app.reply("block_suggestion", {"options": [option("anna")]})
    await ana.suggestions(pushed, "model", "an")
    assert (await ana.submit(pushed, FILLED)).view is view


async def test_suggestions_are_asked_and_checked(ana: Person, app: TinyApp) -> None:
    """The payload has the query and no state of other fields; short queries ask nobody."""
    view = await ana.view(of=await ana.slash_command("/make"))
    app.reply("block_suggestion", {"option_groups": [{"label": plain("Custom"), "options": [option("anna")]}]})
    assert await ana.suggestions(view, "model", "ann") == [option("anna")]
    payload = app.last("block_suggestion")
    assert (payload["value"], payload["block_id"], payload["action_id"]) == ("ann", "model", "chosen")
    assert payload["view"]["state"]["values"] == {}
    for block_id, query in (("model", "a"), ("script", "ann")):
        with pytest.raises(ClientRefused):
            await ana.suggestions(view, block_id, query)
    app.reply("block_suggestion", {"options": [option("a", "t" * 76)]})
    with pytest.raises(AppReplyRefused):
        await ana.suggestions(view, "model", "ann")


async def test_closing_a_modal_tells_the_app_if_it_asked(ana: Person, app: TinyApp) -> None:
    """view_closed leaves out the state of inputs; without notify_on_close nothing is sent."""
    view = await ana.view(of=await ana.slash_command("/make"))
    assert await ana.close(view) is None
    app.opens({**form(), "notify_on_close": True, "clear_on_close": True})
    await ana.close(await ana.view(of=await ana.slash_command("/make")))
    payload = app.last("view_closed")
    assert (payload["is_cleared"], payload["view"]["state"]["values"]) == (True, {})


async def test_buttons_menus_and_message_shortcuts(ana: Person, app: TinyApp, slack: LocalSlack) -> None:
    """Elements of a message send block_actions, its menu a message_action, both with a response_url."""
    button = {"type": "button", "action_id": "go", "text": plain("Go"), "value": "42"}
    menu = {"type": "overflow", "action_id": "more", "options": [option("x"), option("y")]}
    pick = {"type": "static_select", "action_id": "pick", "options": [option("en")]}
    blocks = [{"type": "actions", "block_id": "b", "elements": [button, menu, pick]}]
    await app.api.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks)
    message = slack.messages("C0GENERAL")[0]
    await ana.press(message, "go")
    payload = app.last("block_actions")
    assert (payload["actions"][0]["value"], payload["container"]["message_ts"]) == ("42", message.ts)
    assert payload["message"]["text"] == "x"
    await ana.press(message, "more", "y")
    assert app.last("block_actions")["actions"][0]["selected_option"]["value"] == "y"
    await ana.press(message, "pick", "en")
    assert app.last("block_actions")["state"]["values"]["b"]["pick"]["selected_option"]["value"] == "en"
    with pytest.raises(ClientRefused):
        await ana.press(message, "nothing")
    await ana.message_shortcut("make_message", message)
    shortcut = app.last("message_action")
    assert (shortcut["message_ts"], shortcut["callback_id"]) == (message.ts, "make_message")


async def test_a_response_url_is_good_for_five_uses(ana: Person, app: TinyApp, slack: LocalSlack) -> None:
    """Ephemeral, in_channel, replace and delete; the sixth use is refused."""
    blocks = [{"type": "actions", "elements": [{"type": "button", "action_id": "go", "text": plain("Go")}]}]
    await app.api.chat_postMessage(channel="C0GENERAL", text="old", blocks=blocks)
    message = slack.messages("C0GENERAL")[0]
    await ana.press(message, "go")
    url = app.last("block_actions")["response_url"]
    bodies: list[Json] = [
        {"text": "psst"},
        {"text": "all", "response_type": "in_channel", "thread_ts": message.ts, "replace_original": False},
        {"text": "new", "replace_original": True},
        {"blocks": [{"type": "nothing"}]},
        {"delete_original": True},
        {"text": "late"},
    ]
    async with aiohttp.ClientSession() as http:
        statuses = [(await http.post(url, json=body)).status for body in bodies]
        assert (await http.post(url + "x", json={"text": "x"})).status == 404
    assert statuses == [200, 200, 200, 400, 200, 404]
    assert [m.text for m in ana.ephemerals()] == ["psst"]
    assert message.text == "new"
    assert slack.messages("C0GENERAL") == []


async def test_elements_of_a_modal_act_at_once(ana: Person, app: TinyApp) -> None:
    """A button in a modal sends the state typed so far; plain inputs send nothing by themselves."""
    button = {"type": "button", "action_id": "go", "text": plain("Go")}
    view_body = form()
    view_body["blocks"].append({"type": "actions", "block_id": "b", "elements": [button]})
    app.opens(view_body)
    view = await ana.view(of=await ana.slash_command("/make"))
    await ana.press(view, "go")
    payload = app.last("block_actions")
    assert payload["container"] == {"type": "view", "view_id": view.id}
    assert payload["view"]["state"]["values"]["language"]["spoken"]["selected_option"]["value"] == "en"
    await app.api.views_push(trigger_id=payload["trigger_id"], view=form())
    assert (await ana.view()).previous_id == view.id
    with pytest.raises(ClientRefused):
        await ana.press(view, "typed", "x")


async def test_a_global_shortcut_has_no_conversation(ana: Person, app: TinyApp) -> None:
    """It carries a trigger_id, and neither channel nor response_url."""
    await ana.shortcut("make_global")
    payload = app.last("shortcut")
    assert payload["trigger_id"]
    assert not {"channel", "response_url"} & set(payload)


async def test_the_home_tab_is_published_and_shown_again(ana: Person, app: TinyApp) -> None:
    """app_home_opened names the tab, and from the second time on the published view."""
    home = {"type": "home", "blocks": [{"type": "section", "text": plain("Welcome")}]}
    await ana.open_home()
    assert "view" not in app.last("app_home_opened")["event"]
    await app.api.views_publish(user_id="U0ANA0001", view=home)
    await ana.open_home()
    event = app.last("app_home_opened")["event"]
    shown = ana.home()
    assert shown is not None
    assert (event["tab"], event["view"]["id"]) == ("home", shown.id)


async def test_events_are_retried_until_the_app_takes_them(ana: Person, app: TinyApp, slack: LocalSlack) -> None:
    """Up to three more attempts, numbered and with the reason, unless the app says no."""
    slack.events.retry_delays = (0, 0, 0)

    async def failing(_: Json) -> web.Response:
        return web.Response(status=500)

    app.on("app_home_opened", failing)
    assert (await ana.open_home()).error == "http_error"
    await slack.until(lambda: len(app.received) == 4, what="retries")
    numbers = [headers.get("x-slack-retry-num") for headers in app.headers]
    assert numbers == [None, "1", "2", "3"]
    assert app.headers[1]["x-slack-retry-reason"] == "http_error"
    assert len({payload["event_id"] for payload in app.received}) == 1


async def test_a_workflow_step_runs_and_completes_once(ana: Person, app: TinyApp, slack: LocalSlack) -> None:
    """Its token works until it completes; the outputs must be the declared ones."""
    run, reply = await ana.run_step("make_step", {"script": "Hello"})
    assert reply.status == 200
    event = app.last("function_executed")["event"]
    step = client(slack, event["bot_access_token"])
    with pytest.raises(SlackApiError) as missing:
        await step.functions_completeSuccess(function_execution_id=run.id, outputs={})
    assert missing.value.response["error"] == "parameter_validation_failed"
    await step.functions_completeSuccess(function_execution_id=run.id, outputs={"link": "https://x.example"})
    assert (run.state, run.outputs) == ("succeeded", {"link": "https://x.example"})
    with pytest.raises(SlackApiError) as late:
        await step.functions_completeError(function_execution_id=run.id, error="x")
    assert late.value.response["error"] == "token_revoked"
    with pytest.raises(SlackApiError) as ended:
        await app.api.functions_completeError(function_execution_id=run.id, error="x")
    assert ended.value.response["error"] == "execution_not_in_running_state"


async def test_altered_requests_can_be_sent_by_hand(slack: LocalSlack, app: TinyApp) -> None:
    """The signature belongs to the body and the time."""
    body, now = slash_body(slack, "U0ANA0001", "/make"), str(int(time.time()))
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    app.reply("/make", {"text": "ok"})
    assert (await post(slack, body, sign(SECRET, body, now) | form_type)).status == 200
    assert (await post(slack, body + b"x", sign(SECRET, body, now) | form_type)).status == 401
    assert (await post(slack, body, form_type)).status == 401


async def test_waiting_names_what_did_not_come(slack: LocalSlack) -> None:
    """The timeout of until says what was awaited."""
    with pytest.raises(TimeoutError, match="a video"):
        await slack.until(lambda: None, timeout=0.01, what="a video")


class SocketApp:
    """An app on Slack's own Socket Mode client."""

    def __init__(self, slack: LocalSlack) -> None:
        self.requests: list[SocketModeRequest] = []
        self.client = SocketModeClient(APP_TOKEN, web_client=client(slack))
        self.client.socket_mode_request_listeners.append(self._answer)
        self.payload: Json | None = None
        self.acknowledges = True

    async def _answer(self, connection: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if self.acknowledges:
            answer = SocketModeResponse(envelope_id=request.envelope_id, payload=self.payload)
            await connection.send_socket_mode_response(answer)


@pytest.fixture
async def by_socket(tmp_path: Path) -> AsyncIterator[LocalSlack]:
    """A workspace whose app connects by Socket Mode."""
    async with LocalSlack(
        manifest=manifest(), signing_secret=SECRET, bot_token=BOT_TOKEN, files=tmp_path, app_token=APP_TOKEN
    ) as running:
        yield running


async def test_socket_mode_carries_payloads_and_replies(by_socket: LocalSlack) -> None:
    """Commands and interactions come in envelopes, to one connection each."""
    minji = by_socket.person("U0MINJI01")
    assert (await minji.slash_command("/make")).error == "connection_failed"
    apps = [SocketApp(by_socket), SocketApp(by_socket)]
    for app in apps:
        await app.client.connect()
        app.payload = {"text": "hello"}
    await minji.slash_command("/make")
    await minji.slash_command("/make")
    assert [len(app.requests) for app in apps] == [1, 1]
    assert apps[0].requests[0].type == "slash_commands"
    assert [m.text for m in minji.ephemerals()] == ["hello", "hello"]
    reply = await minji.open_home()
    assert (reply.status, reply.body) == (200, "")
    for app in apps:
        await app.client.close()


async def test_socket_mode_wants_the_app_level_token(by_socket: LocalSlack) -> None:
    """apps.connections.open refuses the bot token, other methods the app-level one, links work once."""
    for token, method in ((BOT_TOKEN, "apps.connections.open"), (APP_TOKEN, "auth.test")):
        with pytest.raises(SlackApiError) as call:
            await client(by_socket, token).api_call(method)
        assert call.value.response["error"] == "not_allowed_token_type"
    url = (await client(by_socket, APP_TOKEN).api_call("apps.connections.open"))["url"]
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            await by_socket.socket_mode.disconnect("refresh_requested")
            assert (await socket.receive_json())["reason"] == "refresh_requested"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)


async def test_a_connection_lost_before_the_acknowledgement_is_an_error(by_socket: LocalSlack) -> None:
    """The person is told at once, not after three seconds."""
    url = (await client(by_socket, APP_TOKEN).api_call("apps.connections.open"))["url"]
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        await socket.receive_json()
        command = by_socket.person("U0ANA0001").slash_command("/make")

        async def hang_up() -> None:
            await socket.receive_json()
            await socket.close()

        by_socket.workspace.spawn(hang_up())
        assert (await command).error == "connection_failed"


async def test_hostile_text_reaches_the_message_as_written(slack: LocalSlack, app: TinyApp) -> None:
    """The simulator keeps text as sent, so that what is live in it can be seen."""
    await app.api.chat_postMessage(channel="C0GENERAL", text="<!channel> *x*")
    assert live_entities(slack.messages("C0GENERAL")[0]) == {"<!channel>", "*x*"}
