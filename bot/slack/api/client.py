"""Slack's Web API client with metrics."""

import time
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from bot.metrics import NO_METRICS, Metrics
from bot.proxies import proxy_for
from bot.slack.api.calls import LOST_ANSWERS, code_of


class SlackClient(AsyncWebClient):
    """The SDK's client with the SDK's arguments. Counts each call with its outcome and its duration.

    Takes the proxy for Slack from the environment: the SDK itself ignores NO_PROXY.
    """

    def __init__(self, *args: Any, metrics: Metrics = NO_METRICS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proxy = proxy_for(URL(self.base_url))
        self.proxy = str(proxy) if proxy else None
        self._metrics = metrics

    async def api_call(self, api_method: str, **kwargs: Any) -> AsyncSlackResponse:
        began_at, outcome = time.monotonic(), "broken_off"
        try:
            answer = await super().api_call(api_method, **kwargs)
            outcome = "ok"
        except SlackApiError as error:
            outcome = code_of(error)
            raise
        except LOST_ANSWERS:
            outcome = "no_answer"
            raise
        finally:
            self._metrics.slack_called(api_method, outcome, time.monotonic() - began_at)
        return answer
