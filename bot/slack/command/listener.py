"""`/avatar`: `help` and `list` are answered with a message; any other text opens the form as its script."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import ids
from bot.slack.blocks import Message
from bot.slack.command.guide import guide
from bot.slack.deps import Deps
from bot.slack.form.opening import look_up, open_new_form
from bot.slack.home.tabs import found, thread_links
from bot.slack.listing import MOST_LISTED, listing

PATIENCE_FOR_LOCALE = 2.0

HELP = frozenset({"help", "도움말"})
LIST = frozenset({"list", "목록"})


def register(app: AsyncApp, deps: Deps) -> None:
    @app.command(ids.COMMAND)
    async def command(
        ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await ack()
        words = _typed(body)
        if (keyword := _keyword(words)) in HELP | LIST:
            locale = await deps.people.locale(
                client, context.team_id or "", context.user_id or "", within=PATIENCE_FOR_LOCALE
            )
            message = guide(locale) if keyword in HELP else await _videos(deps, context, locale)
            await respond(text=message.text, blocks=message.blocks, response_type="ephemeral")
            return
        person = await look_up(client, deps, context)
        channel_id = str(body.get("channel_id") or "")
        await open_new_form(client, person, body["trigger_id"], words=words, channel_id=channel_id)


async def _videos(deps: Deps, context: AsyncBoltContext, locale: str) -> Message:
    videos = await deps.exports.videos(context.team_id or "", context.user_id or "", MOST_LISTED + 1)
    links = await thread_links(deps.permalinks, videos[:MOST_LISTED])
    return listing(locale, videos, found(links))


def _typed(body: Mapping[str, Any]) -> str:
    """The text after the command, unescaped. Slack escapes only &, < and >."""
    text = str(body.get("text") or "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _keyword(words: str) -> str:
    """The text in the form in which keywords are compared. NFC, because some systems send decomposed Hangul."""
    return unicodedata.normalize("NFC", words).strip().casefold()
