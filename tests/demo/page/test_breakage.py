"""The switches behind the scenes: each breaks what it says, and lets it work again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError

from bot.demo.page import breakage
from bot.demo.stage import Stage
from tests.demo.aistudios.caller import Caller, export_body, webhook_inbox
from tests.demo.page.visitor import Visitor
from tests.demo.slack.app import TinyApp


@pytest.fixture
async def caller(small_stage: Stage) -> AsyncIterator[Caller]:
    """A customer of the local AI Studios."""
    async with Caller(small_stage.studio) as calling:
        yield calling


async def test_switches_are_off_at_first_and_shown_to_everybody(visitor: Visitor) -> None:
    """The state has each of them, and the answer to a turn too."""
    assert set((await visitor.state())["breakage"].values()) == {False}
    answer = await visitor.turn("lose_webhooks")
    assert (answer["ok"], answer["breakage"]["lose_webhooks"]) == (True, True)
    assert (await visitor.state())["breakage"]["lose_webhooks"]
    await visitor.turn("lose_webhooks", on=False)
    assert not (await visitor.state())["breakage"]["lose_webhooks"]


async def test_an_unknown_switch_is_refused(visitor: Visitor) -> None:
    """It breaks nothing."""
    answer = await visitor.turn("everything")
    assert not answer["ok"]
    assert "everything" in answer["error"]


async def test_exports_are_rejected_even_while_all_is_slow(
    visitor: Visitor, caller: Caller, small_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both switches work together; an export that is refused is not billed, and passes once the switch is off."""
    monkeypatch.setattr(breakage, "DELAY_SECONDS", 0.01)
    await visitor.turn("delay_studio")
    await visitor.turn("reject_exports")
    assert await caller.refusal("POST", "/simple/custom", json=export_body()) == (200, 4000)
    assert not small_stage.studio.billed
    await visitor.turn("reject_exports", on=False)
    await caller.export()
    assert len(small_stage.studio.billed) == 1


async def test_ai_studios_is_delayed(
    visitor: Visitor, caller: Caller, small_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call waits that long, as the traffic tells, until the switch is off."""
    monkeypatch.setattr(breakage, "DELAY_SECONDS", 0.2)
    await visitor.turn("delay_studio")
    await caller.get("/model")
    assert (await visitor.until_traffic(lambda entry: "/model" in entry["title"]))["ms"] >= 200
    await visitor.turn("delay_studio", on=False)
    assert small_stage.studio.faults.take("/model") is None


async def test_webhooks_are_lost(visitor: Visitor, caller: Caller, small_stage: Stage) -> None:
    """None arrives while the switch is on."""
    async with webhook_inbox() as inbox:
        await visitor.turn("lose_webhooks")
        project = await caller.export(webhookUrl=inbox.url)
        await small_stage.studio.until(lambda: small_stage.studio.projects[project].state == "exported")
        assert inbox.arrived == []
        await visitor.turn("lose_webhooks", on=False)
        await caller.export(text="Another", webhookUrl=inbox.url)
        await small_stage.studio.until(lambda: inbox.arrived, what="a webhook")


async def test_the_token_expires_once(visitor: Visitor, caller: Caller) -> None:
    """The token in use is refused, a new one is good."""
    assert (await visitor.turn("expire_token"))["ok"]
    assert await caller.refusal("GET", "/model") == (401, 4010)
    await caller.log_in()
    assert await caller.get("/model")


async def test_slack_limits_rates(visitor: Visitor, app: TinyApp) -> None:
    """Every Web API call is told to come later, until the switch is off."""
    await visitor.turn("rate_limit_slack")
    with pytest.raises(SlackApiError) as refused:
        await app.api.auth_test()
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "1")
    await visitor.turn("rate_limit_slack", on=False)
    assert (await app.api.auth_test())["ok"]
