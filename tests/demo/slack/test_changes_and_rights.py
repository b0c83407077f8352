"""What changes in a workspace while the app works, who may do what, and pictures that Slack cannot fetch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import ClientRefused, LocalSlack, Message, Person, User
from tests.demo.slack.app import BOT_TOKEN, SECRET, TinyApp, client, form, manifest, plain, refusal

Json = dict[str, Any]
Change = Callable[[LocalSlack, str], None]

IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "An avatar"}
ACCESSORY = {"type": "section", "text": plain("x"), "accessory": IMAGE}


@pytest.fixture
def api(slack: LocalSlack) -> AsyncWebClient:
    """The app's client."""
    return client(slack)


async def posted(slack: LocalSlack, api: AsyncWebClient, channel: str, text: str = "root") -> Message:
    """A message of the app."""
    ts = (await api.chat_postMessage(channel=channel, text=text))["ts"]
    return slack.world.channels[channel].messages[ts]


async def uploaded(api: AsyncWebClient) -> str:
    """A file whose bytes have arrived."""
    answer = await api.files_getUploadURLExternal(filename="a.mp4", length=3)
    async with aiohttp.ClientSession() as http, http.post(answer["upload_url"], data=b"abc") as sent:
        assert sent.status == 200
    return str(answer["file_id"])


@pytest.mark.parametrize(
    ("channel", "change", "post", "edit"),
    [
        ("C0GENERAL", LocalSlack.archive_channel, "is_archived", "is_inactive"),
        ("C0GENERAL", LocalSlack.delete_channel, "channel_not_found", "channel_not_found"),
        ("C0GENERAL", LocalSlack.remove_bot, "not_in_channel", "not_in_channel"),
        ("C0STUDIO1", LocalSlack.remove_bot, "channel_not_found", "channel_not_found"),
    ],
    ids=["archived", "deleted", "removed", "removed from a private one"],
)
async def test_a_place_that_is_lost(
    slack: LocalSlack, api: AsyncWebClient, channel: str, change: Change, post: str, edit: str
) -> None:
    """Posts, replies, files and edits are refused each in Slack's own words; what was there can be looked at."""
    root = await posted(slack, api, channel)
    file_id = await uploaded(api)
    change(slack, channel)
    assert await refusal(api.chat_postMessage(channel=channel, text="x")) == post
    assert await refusal(api.chat_postMessage(channel=channel, text="x", thread_ts=root.ts)) == post
    files: list[dict[str, str | None]] = [{"id": file_id}]
    assert await refusal(api.files_completeUploadExternal(files=files, channel_id=channel)) == post
    assert await refusal(api.chat_update(channel=channel, ts=root.ts, text="x")) == edit
    assert [message.text for message in slack.thread(channel, root.ts)] == ["root"]


async def test_a_file_is_not_shared_where_the_place_goes_meanwhile(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Slack shares on its own time after the completion, and by then the channel can be gone."""
    slack.workspace.share_delay = 1
    file_id = await uploaded(api)
    await api.files_completeUploadExternal(files=[{"id": file_id}], channel_id="C0GENERAL")
    slack.delete_channel("C0GENERAL")
    await slack.until(lambda: slack.world.file(file_id).mimetype, what="the end of the processing")
    assert "shares" not in (await api.files_info(file=file_id))["file"]


async def test_people_do_not_see_a_deleted_channel(slack: LocalSlack, ana: Person) -> None:
    """They cannot write there, nor use what stands there."""
    message = ana.say("C0GENERAL", "hello")
    slack.delete_channel("C0GENERAL")
    with pytest.raises(ClientRefused):
        ana.say("C0GENERAL", "again")
    with pytest.raises(ClientRefused):
        await ana.message_shortcut("make_message", message)


async def test_a_deleted_message_is_gone(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Without replies nothing is left of it: no edit, no address, no thread."""
    root = await posted(slack, api, "C0GENERAL")
    slack.person("U0ANA0001").delete(root)
    assert slack.messages("C0GENERAL") == []
    edit = api.chat_update(channel=root.channel, ts=root.ts, text="x")
    assert await refusal(edit) == "message_not_found"
    link = api.chat_getPermalink(channel=root.channel, message_ts=root.ts)
    assert await refusal(link) == "message_not_found"
    reply = api.chat_postMessage(channel=root.channel, text="x", thread_ts=root.ts)
    assert await refusal(reply) == "thread_not_found"
    thread = api.conversations_replies(channel=root.channel, ts=root.ts)
    assert await refusal(thread) == "thread_not_found"


@pytest.mark.parametrize("replies_under_tombstones", [False, True])
async def test_a_deleted_parent_leaves_a_tombstone(tmp_path: Path, *, replies_under_tombstones: bool) -> None:
    """The thread can be read, its parent tells nothing any more; whether it takes replies can be had both ways."""
    async with LocalSlack(
        manifest=manifest(),
        signing_secret=SECRET,
        bot_token=BOT_TOKEN,
        files=tmp_path,
        replies_under_tombstones=replies_under_tombstones,
    ) as slack:
        api = client(slack)
        mark = {"event_type": "made", "event_payload": {"id": "1"}}
        ts = (await api.chat_postMessage(channel="C0GENERAL", text="root", metadata=mark))["ts"]
        await api.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=ts)
        slack.person("U0ANA0001").delete(slack.messages("C0GENERAL")[0])
        read = await api.conversations_replies(channel="C0GENERAL", ts=ts, include_all_metadata=True)
        tombstone, reply = read["messages"]
        assert (tombstone["subtype"], tombstone["user"], reply["text"]) == ("tombstone", "USLACKBOT", "reply")
        assert not {"metadata", "bot_id", "blocks"} & set(tombstone)
        late = api.chat_postMessage(channel="C0GENERAL", text="late", thread_ts=ts)
        if replies_under_tombstones:
            assert (await late)["ok"]
        else:
            assert await refusal(late) == "thread_not_found"


async def test_who_may_delete_a_message(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Its author, and admins; nobody else, and nobody twice."""
    ana, minji = slack.person("U0ANA0001"), slack.person("U0MINJI01")
    of_minji, of_ana = minji.say("C0GENERAL", "mine"), ana.say("C0GENERAL", "mine too")
    for not_hers in (of_ana, await posted(slack, api, "C0GENERAL")):
        with pytest.raises(ClientRefused):
            minji.delete(not_hers)
    minji.delete(of_minji)
    ana.delete(slack.messages("C0GENERAL")[-1])
    assert slack.messages("C0GENERAL") == [of_ana]


async def test_user_groups_tell_their_members(slack: LocalSlack, api: AsyncWebClient) -> None:
    """An unknown group has its own error, and reading needs its own scope."""
    assert (await api.usergroups_users_list(usergroup="S0MAKERS1"))["users"] == ["U0ANA0001"]
    assert await refusal(api.usergroups_users_list(usergroup="S0NOBODY1")) == "no_such_subteam"
    slack.workspace.manifest.source["oauth_config"]["scopes"]["bot"].remove("usergroups:read")
    assert await refusal(api.usergroups_users_list(usergroup="S0MAKERS1")) == "missing_scope"


@pytest.mark.parametrize(
    ("role", "flags"),
    [
        ({}, (False, False, False)),
        ({"is_admin": True}, (True, False, False)),
        ({"is_owner": True}, (True, True, False)),
        ({"is_primary_owner": True}, (True, True, True)),
    ],
    ids=["member", "admin", "owner", "primary owner"],
)
async def test_roles_include_the_lower_ones(
    slack: LocalSlack, api: AsyncWebClient, role: Json, flags: tuple[bool, bool, bool]
) -> None:
    """An owner is an admin too; a display name may be empty."""
    slack.world.users["U0OTHER01"] = User("U0OTHER01", "other", "Otto Her", display_name="", **role)
    user = (await api.users_info(user="U0OTHER01"))["user"]
    assert (user["is_admin"], user["is_owner"], user["is_primary_owner"]) == flags
    assert (user["real_name"], user["profile"]["display_name"]) == ("Otto Her", "")


@pytest.mark.parametrize(
    ("block", "pointer"),
    [(IMAGE, "/0/image_url"), (ACCESSORY, "/0/accessory/image_url")],
    ids=["block", "accessory"],
)
async def test_a_picture_that_slack_cannot_fetch(
    ana: Person, app: TinyApp, slack: LocalSlack, block: Json, pointer: str
) -> None:
    """The whole message or view is refused, and the fault waits for one that has a picture."""
    slack.faults.add("image download", times=2)
    await app.api.chat_postMessage(channel="C0GENERAL", text="none", blocks=[{"type": "divider"}])
    answer = await client(slack).api_call("auth.test")
    assert answer["ok"]
    message = app.api.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])
    assert await refusal(message) == "invalid_blocks"
    messages = slack.calls[-1].answer["response_metadata"]["messages"]
    assert messages == [f"[ERROR] downloading image failed [json-pointer:/blocks{pointer}]"]
    view = app.api.views_publish(user_id=ana.user.id, view={"type": "home", "blocks": [block]})
    assert await refusal(view) == "invalid_arguments"
    await app.api.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])


async def test_a_view_that_was_refused_for_its_picture_can_be_tried_again(
    ana: Person, app: TinyApp, slack: LocalSlack
) -> None:
    """The trigger is not used up by the refusal."""
    slack.faults.add("image download")
    reply = await ana.shortcut("make_global")
    pictured = {**form(), "blocks": [*form()["blocks"], IMAGE]}
    refused = app.api.views_open(trigger_id=reply.trigger_id, view=pictured)
    assert await refusal(refused) == "invalid_arguments"
    await app.api.views_open(trigger_id=reply.trigger_id, view=form())
    assert (await ana.view(of=reply)).body["blocks"]
