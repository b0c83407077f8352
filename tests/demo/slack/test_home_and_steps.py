"""The Home tab and the steps of Workflow Builder."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import ClientRefused, Execution, LocalSlack, Person
from bot.demo.slack.state.workspace import WORKFLOW_TOKEN_SECONDS
from tests.demo.slack.app import BOT_TOKEN, SECRET, TinyApp, client, form, manifest, plain, refusal

Json = dict[str, Any]
ANA = "U0ANA0001"


def home(*blocks: Json) -> Json:
    """A Home tab."""
    return {"type": "home", "blocks": [*blocks]}


def row(block_id: str, value: str) -> Json:
    """A line of the Home tab with a button."""
    button = {"type": "button", "action_id": "again", "text": plain("Make again"), "value": value}
    return {"type": "section", "block_id": block_id, "text": plain(value), "accessory": button}


async def test_buttons_of_the_home_tab_open_modals(ana: Person, app: TinyApp) -> None:
    """The same action_id may stand in many blocks; the payload says whose Home tab it is, and in which block."""
    await app.api.views_publish(user_id=ANA, view=home(row("v1", "one"), row("v2", "two")))
    shown = ana.home()
    assert shown is not None
    reply = await ana.press(shown, "again", block_id="v2")
    payload = app.last("block_actions")
    assert payload["container"] == {"type": "view", "view_id": shown.id}
    assert (payload["view"]["type"], payload["actions"][0]["value"]) == ("home", "two")
    assert not {"channel", "message", "response_url"} & set(payload)
    await app.api.views_open(trigger_id=reply.trigger_id, view=form())
    assert (await ana.view(of=reply)).root_id != shown.id
    with pytest.raises(ClientRefused):
        await ana.press(shown, "again", block_id="v3")


async def test_publishing_anew_keeps_the_view_and_checks_the_hash(ana: Person, app: TinyApp) -> None:
    """The id stays, the hash changes, and a stale hash is refused."""
    first = (await app.api.views_publish(user_id=ANA, view=home(row("v1", "one"))))["view"]
    second = (await app.api.views_publish(user_id=ANA, view=home(), hash=first["hash"]))["view"]
    assert (second["id"], second["hash"] != first["hash"]) == (first["id"], True)
    stale = app.api.views_publish(user_id=ANA, view=home(row("v1", "late")), hash=first["hash"])
    assert await refusal(stale) == "hash_conflict"
    assert ana.current(first["id"]).body["blocks"] == []


@pytest.mark.parametrize(
    "view",
    [
        {**home(), "submit": plain("Go")},
        {**home(), "close": plain("No")},
        home(*({"type": "divider"} for _ in range(101))),
        home({"type": "alert", "text": plain("Careful")}),
        home({"type": "markdown", "text": "x"}),
        home({"type": "section", "text": plain("x"), "accessory": {"type": "plain_text_input"}}),
        home({"type": "input", "label": plain("F"), "element": {"type": "file_input"}}),
        {**form()},
    ],
    ids=["submit", "close", "blocks", "alert", "markdown", "typed", "file", "modal"],
)
async def test_what_a_home_tab_may_not_have(app: TinyApp, ana: Person, view: Json) -> None:
    """Nothing of a modal, nothing of a message, and at most 100 blocks."""
    assert await refusal(app.api.views_publish(user_id=ANA, view=view)) == "invalid_arguments"
    assert ana.home() is None


async def test_the_messages_tab_is_told_apart(ana: Person, app: TinyApp) -> None:
    """app_home_opened comes for it too, without a view."""
    await app.api.views_publish(user_id=ANA, view=home())
    await ana.open_home("messages")
    event = app.last("app_home_opened")["event"]
    assert (event["tab"], "view" in event) == ("messages", False)


async def test_home_needs_the_manifest(tmp_path: Path) -> None:
    """Without the tab nothing is published or opened; without the event nothing is told."""
    without_tab, without_event = manifest(), manifest()
    without_tab["features"]["app_home"]["home_tab_enabled"] = False
    without_event["settings"]["event_subscriptions"]["bot_events"] = []
    for source, published in ((without_tab, False), (without_event, True)):
        async with LocalSlack(manifest=source, signing_secret=SECRET, bot_token=BOT_TOKEN, files=tmp_path) as slack:
            if not published:
                publish = client(slack).views_publish(user_id=ANA, view=home())
                assert await refusal(publish) == "not_enabled"
            with pytest.raises(ClientRefused):
                await slack.person(ANA).open_home()


def step_manifest() -> Json:
    """A step with an input and an output of more than one type."""
    source = manifest()
    step = source["functions"]["make_step"]
    step["input_parameters"]["properties"] |= {
        "place": {"type": "slack#/types/channel_id"},
        "size": {"type": "string", "enum": ["480", "1080"]},
    }
    step["output_parameters"]["properties"] |= {"credits": {"type": "integer"}, "seconds": {"type": "number"}}
    return source


@pytest.fixture
async def steps(tmp_path: Path) -> AsyncIterator[LocalSlack]:
    """A workspace whose clock runs like ours, with an app that takes every event."""
    async with LocalSlack(
        manifest=step_manifest(), signing_secret=SECRET, bot_token=BOT_TOKEN, files=tmp_path
    ) as slack:
        tiny = TinyApp(slack)
        server = web.Application()
        server.router.add_post("/slack/events", tiny.handle)
        runner = web.AppRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        yield slack
        await runner.cleanup()


async def running(steps: LocalSlack, **inputs: Any) -> tuple[Execution, AsyncWebClient]:
    """A step in execution, and a client with its token."""
    run, reply = await steps.person(ANA).run_step("make_step", {"script": "Hello", **inputs})
    assert reply.error is None
    return run, client(steps, run.token)


@pytest.mark.parametrize(
    "inputs",
    [{}, {"script": 1}, {"script": "x", "colour": "red"}, {"script": "x", "place": "general"},
     {"script": "x", "size": "8k"}],
    ids=["missing", "type", "unknown", "channel", "choice"],
)  # fmt: skip
async def test_a_step_gets_what_it_declares(steps: LocalSlack, inputs: Json) -> None:
    """Workflow Builder lets nothing else through."""
    with pytest.raises(ClientRefused):
        await steps.person(ANA).run_step("make_step", inputs)
    assert not steps.world.executions


@pytest.mark.parametrize(
    "outputs",
    [{}, {"link": 5}, {"link": "x", "credits": "3"}, {"link": "x", "credits": 1.5}, {"link": "x", "seconds": True},
     {"link": "x", "colour": "red"}],
    ids=["missing", "type", "text", "fraction", "truth", "unknown"],
)  # fmt: skip
async def test_outputs_are_what_the_manifest_declares(steps: LocalSlack, outputs: Json) -> None:
    """parameter_validation_failed leaves the step running, so that it can still be completed."""
    run, step = await running(steps, place="C0GENERAL", size="480")
    wrong = step.functions_completeSuccess(function_execution_id=run.id, outputs=outputs)
    assert await refusal(wrong) == "parameter_validation_failed"
    right = {"link": "x", "credits": 3, "seconds": 1.5}
    await step.functions_completeSuccess(function_execution_id=run.id, outputs=right)
    assert (run.state, run.outputs) == ("succeeded", right)


async def test_a_step_token_works_until_the_step_ends(steps: LocalSlack) -> None:
    """It is a token for every method, revoked by the completion; a second completion comes too late."""
    run, step = await running(steps)
    await step.chat_postMessage(channel="C0GENERAL", text="working")
    await step.functions_completeError(function_execution_id=run.id, error="no credits")
    assert (run.state, run.error) == ("failed", "no credits")
    assert await refusal(step.chat_postMessage(channel="C0GENERAL", text="more")) == "token_revoked"
    second = client(steps).functions_completeSuccess(function_execution_id=run.id, outputs={"link": "x"})
    assert await refusal(second) == "execution_not_in_running_state"
    unknown = client(steps).functions_completeError(function_execution_id="Fx404", error="x")
    assert await refusal(unknown) == "function_execution_not_found"


async def test_a_step_token_dies_of_age(steps: LocalSlack) -> None:
    """After fifteen minutes only the bot's own token can complete the step, which still runs."""
    run, step = await running(steps)
    run.started -= WORKFLOW_TOKEN_SECONDS
    late = step.functions_completeSuccess(function_execution_id=run.id, outputs={"link": "x"})
    assert await refusal(late) == "token_expired"
    await client(steps).functions_completeSuccess(function_execution_id=run.id, outputs={"link": "x"})
    assert run.state == "succeeded"


async def test_step_tokens_age_by_the_clock_of_the_workspace(slack: LocalSlack, ana: Person) -> None:
    """With a thousand seconds in one they last less than one second."""
    run, _ = await ana.run_step("make_step", {"script": "Hello"})
    run.started -= WORKFLOW_TOKEN_SECONDS / 1000
    assert await refusal(client(slack, run.token).auth_test()) == "token_expired"


async def test_a_slack_may_insist_on_the_step_token(steps: LocalSlack) -> None:
    """What Slack does with the bot token is not documented, so both can be had."""
    steps.workspace.functions_accept_bot_token = False
    run, step = await running(steps)
    by_bot = client(steps).functions_completeSuccess(function_execution_id=run.id, outputs={"link": "x"})
    assert await refusal(by_bot) == "not_allowed_token_type"
    await step.functions_completeSuccess(function_execution_id=run.id, outputs={"link": "x"})
    assert run.state == "succeeded"


@pytest.mark.parametrize("missing", ["function_runtime", "org_deploy_enabled", "event_subscriptions"])
async def test_a_step_needs_its_settings(tmp_path: Path, missing: str) -> None:
    """Workflow Builder does not offer the step of an app that cannot run it."""
    source = copy.deepcopy(step_manifest())
    del source["settings"][missing]
    async with LocalSlack(manifest=source, signing_secret=SECRET, bot_token=BOT_TOKEN, files=tmp_path) as slack:
        with pytest.raises(ClientRefused):
            await slack.person(ANA).run_step("make_step", {"script": "Hello"})
