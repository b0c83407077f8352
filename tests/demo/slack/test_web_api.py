"""The Web API of the local Slack, called with Slack's own client."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import FaultRates, LocalSlack
from bot.demo.slack.web_api.rate_limits import RateLimits
from tests.demo.slack.app import BOT_TOKEN, SECRET, client, form, manifest, plain

Json = dict[str, Any]


@pytest.fixture
def api(slack: LocalSlack) -> AsyncWebClient:
    """The app's client."""
    return client(slack)


def refused(call: pytest.ExceptionInfo[SlackApiError]) -> str:
    """Slack's error code."""
    return str(call.value.response["error"])


async def test_the_token_decides(slack: LocalSlack) -> None:
    """No token, a wrong one and the right one are told apart."""
    for token, error in ((None, "not_authed"), ("xoxb-wrong", "invalid_auth")):
        with pytest.raises(SlackApiError) as call:
            await AsyncWebClient(token, base_url=slack.api_url).api_call("auth.test")
        assert refused(call) == error
    answer = await client(slack).auth_test()
    assert answer["bot_id"] == slack.world.bot_id
    assert answer.headers["x-oauth-scopes"].startswith("chat:write,files:write")


async def test_unknown_methods_and_missing_scopes_are_named(tmp_path: Path) -> None:
    """The manifest's scopes are what the app may do."""
    poor = manifest(without_scopes=("users:read",))
    async with LocalSlack(manifest=poor, signing_secret=SECRET, bot_token=BOT_TOKEN, files=tmp_path) as slack:
        with pytest.raises(SlackApiError) as call:
            await client(slack).users_info(user="U0ANA0001")
        assert call.value.response["needed"] == "users:read"
        assert "chat:write" in call.value.response["provided"]
        with pytest.raises(SlackApiError) as unknown:
            await client(slack).api_call("chat.shout")
        assert refused(unknown) == "unknown_method"


async def test_every_wire_format_is_understood(slack: LocalSlack) -> None:
    """JSON, form and query string carry the same arguments."""
    bearer = {"Authorization": f"Bearer {BOT_TOKEN}"}
    url, arguments = f"{slack.api_url}chat.postMessage", {"channel": "C0GENERAL", "text": "hi"}
    async with aiohttp.ClientSession(headers=bearer) as http:
        for sent in (
            http.post(url, json=arguments),
            http.post(url, data=arguments),
            http.post(url, params=arguments),
        ):
            answer = await (await sent).json()
            assert answer["message"]["text"] == "hi"
        garbled = await http.post(url, data=b"{", headers={"Content-Type": "application/json"})
        assert (await garbled.json())["error"] == "invalid_json"


async def test_locale_is_told_only_when_asked_for(api: AsyncWebClient) -> None:
    """users.info has a locale with include_locale, and none without."""
    asked = await api.users_info(user="U0MINJI01", include_locale=True)
    assert asked["user"]["locale"] == "ko-KR"
    assert "locale" not in (await api.users_info(user="U0MINJI01"))["user"]
    with pytest.raises(SlackApiError) as call:
        await api.users_info(user="U0NOBODY1")
    assert refused(call) == "user_not_found"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0LAUNCH1", "not_in_channel"),
        ("C0LEADER1", "channel_not_found"),
        ("C0OLDNEWS", "is_archived"),
        ("D0ANAMINJ", "channel_not_found"),
        ("C0NOWHERE", "channel_not_found"),
        ("U0AVATARB", "channel_not_found"),
    ],
)
async def test_where_the_bot_cannot_post(api: AsyncWebClient, channel: str, error: str) -> None:
    """Each kind of closed door has Slack's error."""
    with pytest.raises(SlackApiError) as call:
        await api.chat_postMessage(channel=channel, text="hi")
    assert refused(call) == error


@pytest.mark.parametrize(
    ("flag", "threaded", "error"),
    [
        ("is_read_only", False, "restricted_action_read_only_channel"),
        ("is_thread_only", False, "restricted_action_thread_only_channel"),
        ("is_non_threadable", True, "restricted_action_non_threadable_channel"),
    ],
)
async def test_restricted_channels(
    slack: LocalSlack, api: AsyncWebClient, flag: str, threaded: bool, error: str
) -> None:
    """Read-only, thread-only and non-threadable channels refuse what they do not take."""
    root = await api.chat_postMessage(channel="C0STUDIO1", text="root")
    setattr(slack.world.channels["C0STUDIO1"], flag, True)
    thread_ts = root["ts"] if threaded else None
    with pytest.raises(SlackApiError) as call:
        await api.chat_postMessage(channel="C0STUDIO1", text="hi", thread_ts=thread_ts)
    assert refused(call) == error


async def test_public_posting_needs_no_membership_with_its_scope(tmp_path: Path) -> None:
    """chat:write.public opens public channels for messages, not for files."""
    rich = manifest(with_scopes=("chat:write.public",))
    async with LocalSlack(manifest=rich, signing_secret=SECRET, bot_token=BOT_TOKEN, files=tmp_path) as slack:
        api = client(slack)
        await api.chat_postMessage(channel="C0LAUNCH1", text="hi")
        file_id = await uploaded(api, b"abc")
        with pytest.raises(SlackApiError) as call:
            await api.files_completeUploadExternal(files=[{"id": file_id}], channel_id="C0LAUNCH1")
        assert refused(call) == "not_in_channel"


async def test_joining_opens_public_channels_only(api: AsyncWebClient) -> None:
    """After conversations.join the bot can post; joining again only warns."""
    await api.conversations_join(channel="C0LAUNCH1")
    await api.chat_postMessage(channel="C0LAUNCH1", text="hi")
    assert (await api.conversations_join(channel="C0LAUNCH1"))["warning"] == "already_in_channel"
    for channel, error in (
        ("C0LEADER1", "channel_not_found"),
        ("C0STUDIO1", "method_not_supported_for_channel_type"),
        ("C0OLDNEWS", "is_archived"),
    ):
        with pytest.raises(SlackApiError) as call:
            await api.conversations_join(channel=channel)
        assert refused(call) == error


async def test_a_conversation_tells_its_kind(api: AsyncWebClient) -> None:
    """conversations.info knows membership, archive and kind."""
    assert (await api.conversations_info(channel="C0LAUNCH1"))["channel"]["is_member"] is False
    assert (await api.conversations_info(channel="C0OLDNEWS"))["channel"]["is_archived"] is True
    assert (await api.conversations_info(channel="D0APPANA1"))["channel"]["user"] == "U0ANA0001"
    assert (await api.conversations_info(channel="G0GROUPDM"))["channel"]["is_mpim"] is True
    members = await api.conversations_members(channel="C0GENERAL", limit=2)
    rest = await api.conversations_members(channel="C0GENERAL", cursor=members["response_metadata"]["next_cursor"])
    assert {*members["members"], *rest["members"]} == {"U0ANA0001", "U0MINJI01", "U0AVATARB"}


async def test_direct_messages_open_by_user_id(slack: LocalSlack, api: AsyncWebClient) -> None:
    """A U… id reaches the person's DM with the app, which only then is an address for edits."""
    posted = await api.chat_postMessage(channel="U0ANA0001", text="hi")
    assert posted["channel"] == "D0APPANA1"
    opened = await api.conversations_open(users=["U0ANA0001"])
    assert opened["channel"]["id"] == "D0APPANA1"
    group = await api.conversations_open(users=["U0ANA0001", "U0MINJI01"])
    assert group["channel"]["id"] == "G0GROUPDM"
    with pytest.raises(SlackApiError) as call:
        await api.chat_update(channel="U0ANA0001", ts=posted["ts"], text="hello")
    assert refused(call) == "channel_not_found"
    assert [m.text for m in slack.messages("D0APPANA1")] == ["hi"]


async def test_threads_hang_on_parents_only(slack: LocalSlack, api: AsyncWebClient) -> None:
    """A reply is no parent, and neither is a ts that does not exist."""
    root = (await api.chat_postMessage(channel="C0GENERAL", text="root"))["ts"]
    reply = (await api.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=root))["ts"]
    for wrong in (reply, "1.000001"):
        with pytest.raises(SlackApiError) as call:
            await api.chat_postMessage(channel="C0GENERAL", text="x", thread_ts=wrong)
        assert refused(call) == "thread_not_found"
    assert [m.text for m in slack.thread("C0GENERAL", root)] == ["root", "reply"]
    assert [m.text for m in slack.messages("C0GENERAL")] == ["root"]
    read = await api.conversations_replies(channel="C0GENERAL", ts=root)
    assert [m["text"] for m in read["messages"]] == ["root", "reply"]
    assert read["messages"][0]["reply_count"] == 1


async def test_metadata_is_read_back_only_on_request(api: AsyncWebClient) -> None:
    """conversations.replies leaves metadata out without include_all_metadata; pages have cursors."""
    mark = {"event_type": "made", "event_payload": {"id": "1"}}
    root = (await api.chat_postMessage(channel="C0GENERAL", text="root", metadata=mark))["ts"]
    await api.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=root)
    silent = await api.conversations_replies(channel="C0GENERAL", ts=root, limit=1)
    assert silent["has_more"]
    assert "metadata" not in silent["messages"][0]
    told = await api.conversations_history(channel="C0GENERAL", include_all_metadata=True)
    assert told["messages"][0]["metadata"] == mark
    assert (await api.conversations_history(channel="C0GENERAL", oldest=root))["messages"] == []


async def test_updates_keep_and_drop_blocks_as_slack_does(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Text alone removes blocks; an edit notifies nobody and is remembered."""
    blocks = [{"type": "section", "text": plain("x")}]
    ts = (await api.chat_postMessage(channel="C0GENERAL", text="one", blocks=blocks))["ts"]
    message = slack.world.channels["C0GENERAL"].messages[ts]
    await api.chat_update(channel="C0GENERAL", ts=ts, blocks=blocks)
    assert (message.text, len(message.blocks)) == ("one", 1)
    await api.chat_update(channel="C0GENERAL", ts=ts, text="two <@U0ANA0001>")
    assert (message.text, message.blocks, message.notified) == ("two <@U0ANA0001>", [], set())
    assert [edit.text for edit in message.edits] == ["one", "two <@U0ANA0001>"]


async def test_updates_are_refused_where_slack_refuses(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Other people's, unknown, too long and archived messages."""
    theirs = slack.person("U0ANA0001").say("C0GENERAL", "mine").ts
    own = (await api.chat_postMessage(channel="C0GENERAL", text="mine"))["ts"]
    for ts, text, error in (
        (theirs, "x", "cant_update_message"),
        ("1.000001", "x", "message_not_found"),
        (own, "x" * 4001, "msg_too_long"),
        (own, "", "no_text"),
    ):
        with pytest.raises(SlackApiError) as call:
            await api.chat_update(channel="C0GENERAL", ts=ts, text=text)
        assert refused(call) == error
    slack.world.channels["C0GENERAL"].is_archived = True
    with pytest.raises(SlackApiError) as frozen:
        await api.chat_update(channel="C0GENERAL", ts=own, text="x")
    assert refused(frozen) == "is_inactive"


async def test_what_a_message_must_and_must_not_have(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Empty messages, broken blocks and metadata are refused; long text is cut."""
    for arguments, error in (
        ({}, "no_text"),
        ({"blocks": "nonsense"}, "invalid_blocks_format"),
        ({"blocks": [{"type": "nothing"}]}, "invalid_blocks"),
        ({"text": "x", "metadata": {"kind": 1}}, "invalid_metadata_format"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "username": "Boss"}, "missing_scope"),
    ):
        with pytest.raises(SlackApiError) as call:
            await api.api_call("chat.postMessage", json={"channel": "C0GENERAL", **arguments})
        assert refused(call) == error
    await api.chat_postMessage(channel="C0GENERAL", text="x" * 40_001)
    assert len(slack.messages("C0GENERAL")[-1].text) == 40_000


async def test_only_members_who_are_mentioned_are_notified(slack: LocalSlack, api: AsyncWebClient) -> None:
    """With blocks the text is a fallback whose mentions reach nobody."""

    async def notified(channel: str = "C0GENERAL", **content: Any) -> set[str]:
        await api.chat_postMessage(channel=channel, **content)
        return slack.messages(channel)[-1].notified

    user = {"type": "user", "user_id": "U0MINJI01"}
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [user]}]}
    assert await notified(text="<@U0ANA0001>") == {"U0ANA0001"}
    assert await notified(text="<@U0ANA0001>", blocks=[rich]) == {"U0MINJI01"}
    assert await notified(text="<!here>") == {"U0ANA0001", "U0MINJI01"}
    assert await notified(text="<@U0MINJI01>", channel="D0APPANA1") == set()
    assert await notified(text="&lt;@U0ANA0001&gt;") == set()


async def test_deleting_leaves_a_tombstone_over_replies(slack: LocalSlack, api: AsyncWebClient) -> None:
    """A deleted parent stays as a tombstone, a deleted reply is gone; neither has an address any more."""
    root = (await api.chat_postMessage(channel="C0GENERAL", text="root"))["ts"]
    reply = (await api.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=root))["ts"]
    await api.chat_delete(channel="C0GENERAL", ts=root)
    assert slack.messages("C0GENERAL")[0].deleted
    await api.chat_delete(channel="C0GENERAL", ts=reply)
    assert len(slack.thread("C0GENERAL", root)) == 1
    for ts in (root, reply):
        with pytest.raises(SlackApiError) as call:
            await api.chat_getPermalink(channel="C0GENERAL", message_ts=ts)
        assert refused(call) == "message_not_found"


async def test_ephemeral_messages_reach_one_member(slack: LocalSlack, api: AsyncWebClient) -> None:
    """They stand in no history and cannot be updated."""
    shown = await api.chat_postEphemeral(channel="C0GENERAL", user="U0ANA0001", text="psst")
    assert [m.text for m in slack.person("U0ANA0001").ephemerals()] == ["psst"]
    assert slack.messages("C0GENERAL") == []
    with pytest.raises(SlackApiError) as edit:
        await api.chat_update(channel="C0GENERAL", ts=shown["message_ts"], text="x")
    assert refused(edit) == "message_not_found"
    with pytest.raises(SlackApiError) as stranger:
        await api.chat_postEphemeral(channel="D0APPANA1", user="U0MINJI01", text="psst")
    assert refused(stranger) == "user_not_in_channel"


async def uploaded(api: AsyncWebClient, content: bytes, name: str = "video.mp4") -> str:
    """The id of a file whose bytes have arrived."""
    place = await api.files_getUploadURLExternal(filename=name, length=len(content))
    async with aiohttp.ClientSession() as http:
        answer = await http.post(place["upload_url"], data=content)
        assert answer.status == 200
    return str(place["file_id"])


async def test_a_file_is_shared_a_little_later(slack: LocalSlack, api: AsyncWebClient) -> None:
    """The completion has no shares; then the file message stands in the thread and files.info tells it."""
    root = (await api.chat_postMessage(channel="C0GENERAL", text="root"))["ts"]
    file_id = await uploaded(api, b"movie")
    done = await api.files_completeUploadExternal(
        files=[{"id": file_id, "title": "T"}],
        channel_id="C0GENERAL",
        thread_ts=root,
        initial_comment="<@U0ANA0001> ready",
    )
    assert "shares" not in done["files"][0]
    await slack.until(lambda: slack.world.file(file_id).shares, what="the share")
    posted = slack.thread("C0GENERAL", root)[-1]
    assert (posted.text, posted.files[0].title, posted.notified) == ("<@U0ANA0001> ready", "T", {"U0ANA0001"})
    assert posted.files[0].path.read_bytes() == b"movie"
    info = (await api.files_info(file=file_id))["file"]
    assert info["shares"]["public"]["C0GENERAL"][0]["ts"] == posted.ts
    assert info["mimetype"] == "video/mp4"


async def test_an_upload_is_completed_once(api: AsyncWebClient) -> None:
    """Without its bytes, twice, or at a person's id it is refused."""
    pending = (await api.files_getUploadURLExternal(filename="a.mp4", length=3))["file_id"]
    file_id = await uploaded(api, b"abc")
    cases: list[tuple[str, Json, str]] = [
        (pending, {}, "file_not_found"),
        (file_id, {"channel_id": "U0ANA0001"}, "invalid_arguments"),
        (file_id, {"channel_id": "C0GENERAL", "thread_ts": "1.000001"}, "thread_not_found"),
        (file_id, {"channels": ["C0GENERAL", "C0STUDIO1"], "thread_ts": "1.1"}, "invalid_arguments"),
    ]
    for wrong, more, error in cases:
        with pytest.raises(SlackApiError) as call:
            await api.files_completeUploadExternal(files=[{"id": wrong}], **more)
        assert refused(call) == error
    await api.files_completeUploadExternal(files=[{"id": file_id}])
    with pytest.raises(SlackApiError) as again:
        await api.files_completeUploadExternal(files=[{"id": file_id}])
    assert refused(again) == "file_update_failed"


async def test_the_upload_address_takes_exactly_the_announced_bytes(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Chunked, short and foreign uploads are refused; multipart is taken."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"abc"

    place = await api.files_getUploadURLExternal(filename="a.mp4", length=3)
    url, file = place["upload_url"], slack.world.file(place["file_id"])
    async with aiohttp.ClientSession() as http:
        assert (await http.post(url, data=pieces())).status == 411
        assert (await http.post(url, data=b"ab")).status == 400
        assert (await http.post(url + "x", data=b"abc")).status == 404
        assert file.state == "pending"
        assert (await http.post(url, data={"file": io.BytesIO(b"abc")})).status == 200
        assert (await http.put(url, data=b"xyz")).status == 200
    assert file.path.read_bytes() == b"xyz"


async def test_sizes_and_deletion_of_files(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Nothing and too much are refused; a deleted file is no longer there."""
    slack.workspace.max_file_bytes = 10
    for length, error in ((0, "missing_argument"), (11, "file_upload_size_restricted")):
        with pytest.raises(SlackApiError) as call:
            await api.files_getUploadURLExternal(filename="a.mp4", length=length)
        assert refused(call) == error
    file_id = await uploaded(api, b"abc")
    await api.files_completeUploadExternal(files=[{"id": file_id}])
    await api.files_delete(file=file_id)
    with pytest.raises(SlackApiError) as gone:
        await api.files_info(file=file_id)
    assert refused(gone) == "file_deleted"


async def test_triggers_open_one_view(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Unknown, used and expired triggers have three different errors."""
    trigger_id = slack.workspace.triggers.issue("U0ANA0001", "C0GENERAL")
    opened = await api.views_open(trigger_id=trigger_id, view=form())
    assert opened["view"]["state"]["values"]["place"]["to"]["selected_conversation"] == "C0GENERAL"
    for used, error in ((trigger_id, "exchanged_trigger_id"), ("1.2.abc", "invalid_trigger_id")):
        with pytest.raises(SlackApiError) as call:
            await api.views_open(trigger_id=used, view=form())
        assert refused(call) == error


async def test_a_stale_hash_conflicts_and_external_ids_are_unique(slack: LocalSlack, api: AsyncWebClient) -> None:
    """views.update with an old hash is refused, and so is a second view of the same external_id."""
    trigger_id = slack.workspace.triggers.issue("U0ANA0001")
    named = {**form(), "external_id": "one"}
    view = (await api.views_open(trigger_id=trigger_id, view=named))["view"]
    await api.views_update(external_id="one", view=named, hash=view["hash"])
    with pytest.raises(SlackApiError) as stale:
        await api.views_update(view_id=view["id"], view=named, hash=view["hash"])
    assert refused(stale) == "hash_conflict"
    with pytest.raises(SlackApiError) as twin:
        await api.views_open(trigger_id=slack.workspace.triggers.issue("U0MINJI01"), view=named)
    assert refused(twin) == "duplicate_external_id"
    with pytest.raises(SlackApiError) as unknown:
        await api.views_update(view_id="V0NOWHERE", view=named)
    assert refused(unknown) == "not_found"


async def test_a_fourth_view_does_not_fit(slack: LocalSlack, api: AsyncWebClient) -> None:
    """A stack holds three views."""
    await api.views_open(trigger_id=slack.workspace.triggers.issue("U0ANA0001"), view=form())
    for _ in range(2):
        top = await slack.person("U0ANA0001").view()
        trigger_id = slack.workspace.triggers.issue("U0ANA0001", view=top)
        await api.views_push(trigger_id=trigger_id, view=form())
    top = await slack.person("U0ANA0001").view()
    with pytest.raises(SlackApiError) as call:
        await api.views_push(trigger_id=slack.workspace.triggers.issue("U0ANA0001", view=top), view=form())
    assert refused(call) == "push_limit_reached"


async def test_faults_happen_as_planned(slack: LocalSlack, api: AsyncWebClient) -> None:
    """Errors, 429 and lost connections; what is dropped after the work was done."""
    slack.faults.add("chat.postMessage", after=1, status=503)
    slack.faults.add("auth.test", retry_after=7)
    slack.faults.add("users.info", error="internal_error")
    await api.chat_postMessage(channel="C0GENERAL", text="one")
    with pytest.raises(SlackApiError) as down:
        await api.chat_postMessage(channel="C0GENERAL", text="two")
    assert down.value.response.status_code == 503
    with pytest.raises(SlackApiError) as limited:
        await api.auth_test()
    assert (limited.value.response.headers["Retry-After"], refused(limited)) == ("7", "ratelimited")
    with pytest.raises(SlackApiError):
        await api.users_info(user="U0ANA0001")
    slack.faults.add("chat.postMessage", drop="before")
    slack.faults.add("chat.postMessage", drop="after")
    for text in ("before", "after"):
        with pytest.raises(aiohttp.ClientError):
            await api.chat_postMessage(channel="C0GENERAL", text=text)
    assert [m.text for m in slack.messages("C0GENERAL")] == ["one", "after"]
    assert [c.status for c in slack.calls_to("chat.postMessage")] == [200, 503, 0, 200]


async def test_an_upload_may_fail_too(slack: LocalSlack, api: AsyncWebClient) -> None:
    """The upload address answers a planned error and drops planned connections."""
    place = await api.files_getUploadURLExternal(filename="a.mp4", length=3)
    slack.faults.add("upload", status=500)
    slack.faults.add("upload", drop="before")
    async with aiohttp.ClientSession() as http:
        assert (await http.post(place["upload_url"], data=b"abc")).status == 500
        with pytest.raises(aiohttp.ClientError):
            await http.post(place["upload_url"], data=b"abc")
    assert slack.world.file(place["file_id"]).state == "pending"


async def test_random_faults_repeat_by_seed(slack: LocalSlack) -> None:
    """The same seed fails the same calls, and clearing lets everything work."""

    async def statuses() -> list[int]:
        slack.faults.random(7, FaultRates(server_error=0.5), methods=["auth.test"])
        return [await status_of(slack, "auth.test") for _ in range(12)]

    first = await statuses()
    assert set(first) == {200, 503}
    assert await statuses() == first
    slack.faults.clear()
    assert await status_of(slack, "auth.test") == 200


async def status_of(slack: LocalSlack, method: str, **arguments: str) -> int:
    """The HTTP status of a call."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {BOT_TOKEN}"}) as http:
        return (await http.post(f"{slack.api_url}{method}", json=arguments)).status


async def test_calls_over_the_limit_get_429(tmp_path: Path) -> None:
    """One conversation takes about a message a second; others are not affected."""
    async with LocalSlack(manifest=manifest(), signing_secret=SECRET, bot_token=BOT_TOKEN, files=tmp_path) as slack:

        async def post(channel: str) -> int:
            return await status_of(slack, "chat.postMessage", channel=channel, text="hi")

        assert 429 in [await post("C0GENERAL") for _ in range(20)]
        assert slack.calls[-1].answer == {"ok": False, "error": "ratelimited"}
        assert await post("C0STUDIO1") == 200


def test_tiers_sustain_their_rate_and_recover() -> None:
    """After the burst a tier 3 method passes fifty times a minute, faster when time is compressed."""
    now = 0.0
    limits = RateLimits(clock=lambda: now)
    while limits.retry_after("chat.update") == 0:
        pass
    assert limits.retry_after("chat.update") == 2
    passed = 0
    for _ in range(60):
        now += 1
        passed += limits.retry_after("chat.update") == 0
    assert passed in (49, 50)
    assert limits.retry_after("views.open") == 0
