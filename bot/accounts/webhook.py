"""Turns AI Studios' webhooks into the product's Progress."""

import time
from collections.abc import Mapping, Sequence

from bot.aistudios import webhook
from bot.aistudios.webhook import MAX_BODY, InvalidWebhook
from bot.exports.models import Progress

__all__ = ["MAX_BODY", "InvalidWebhook", "parse"]


def parse(
    *, method: str, content_type: str, body: bytes, query: Mapping[str, str] | Sequence[tuple[str, str]]
) -> Progress:
    """The progress that a webhook call reports, with the current time. Raises InvalidWebhook."""
    event = webhook.parse(method=method, content_type=content_type, body=body, query=query)
    return Progress(at=time.time(), progress=event.progress, credit=event.credit, task_id=event.backend_task_id)
