"""Forms that live: files, fields that tell the app at once, and views that change while somebody fills them in."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from bot.demo.slack import ClientRefused, LocalSlack, Person, PersonFile, View, state_values
from tests.demo.slack.app import BOT_TOKEN, TinyApp, form, option, plain, refusal

Json = dict[str, Any]
NOTE = PersonFile("Note für heute.txt", "Hello, 안녕".encode())
BEARER = {"Authorization": f"Bearer {BOT_TOKEN}"}


def field(block_id: str, element: Json, **more: Any) -> Json:
    """An input block."""
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **more}


def modal(*blocks: Json) -> Json:
    """A modal of these blocks."""
    return {"type": "modal", "title": plain("Make"), "submit": plain("Go"), "blocks": [*blocks]}


def file_form(**element: Any) -> Json:
    """A modal that takes files."""
    return modal(field("script_file", {"type": "file_input", "action_id": "given", **element}))


def live_form() -> Json:
    """The form, whose models and languages tell the app at once when they are chosen."""
    view = form()
    for block in view["blocks"]:
        if block["block_id"] in {"model", "language"}:
            block["dispatch_action"] = True
    return view


async def opened(ana: Person, app: TinyApp, view: Json) -> View:
    """This view, open before Ana."""
    app.opens(view)
    return await ana.view(of=await ana.slash_command("/make"))


async def given(ana: Person, app: TinyApp, file: PersonFile = NOTE) -> Json:
    """The file object that the app gets when Ana submits a file."""
    view = await opened(ana, app, file_form())
    await ana.submit(view, {"script_file": [file]})
    state: Json = app.last("view_submission")["view"]["state"]["values"]["script_file"]["given"]
    assert state["type"] == "file_input"
    (file_object,) = state["files"]
    return dict(file_object)


async def test_a_file_stands_in_the_state_of_the_form(ana: Person, app: TinyApp) -> None:
    """The person owns it; its object has what Slack's has, and files.info knows it."""
    file = await given(ana, app)
    assert (file["name"], file["mimetype"], file["filetype"]) == (NOTE.name, "text/plain", "text")
    assert (file["user"], file["size"]) == (ana.user.id, len(NOTE.content))
    assert (await app.api.files_info(file=file["id"]))["file"] == file
    assert await refusal(app.api.files_delete(file=file["id"])) == "cant_delete_file"
    completion = app.api.files_completeUploadExternal(files=[{"id": file["id"]}], channel_id="C0GENERAL")
    assert await refusal(completion) == "file_not_found"


async def test_the_content_is_for_the_token_of_the_app(ana: Person, app: TinyApp) -> None:
    """Without the token a request ends, by way of a redirect, on a login page with status 200."""
    file = await given(ana, app)
    async with aiohttp.ClientSession() as http:
        for url in (file["url_private"], file["url_private_download"]):
            async with http.get(url, headers=BEARER) as answer:
                assert (await answer.read(), answer.content_type) == (NOTE.content, "text/plain")
            for headers in ({}, {"Authorization": "Bearer xoxb-other"}, {"Authorization": BOT_TOKEN}):
                async with http.get(url, headers=headers) as answer:
                    assert (answer.status, answer.content_type) == (200, "text/html")
        async with http.get(file["url_private"].replace(file["id"], "F0NOTHING"), headers=BEARER) as answer:
            assert answer.status == 404


async def test_a_download_fails_as_planned(ana: Person, app: TinyApp, slack: LocalSlack) -> None:
    """It answers an error, breaks off in the middle, or gives nothing at all."""
    url = (await given(ana, app))["url_private_download"]
    slack.faults.add("download", status=503, retry_after=7)
    slack.faults.add("download", drop="after")
    # Twice, because aiohttp asks a second time by itself when a GET gets no answer.
    slack.faults.add("download", drop="before", times=2)
    async with aiohttp.ClientSession(headers=BEARER) as http:
        async with http.get(url) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
        async with http.get(url) as answer:
            assert answer.content_length == len(NOTE.content)
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.read()
        with pytest.raises(aiohttp.ClientError):
            await http.get(url)
        async with http.get(url) as answer:
            assert await answer.read() == NOTE.content


@pytest.mark.parametrize(
    "files",
    [
        [PersonFile("a.pdf", b"x")],
        [PersonFile("txt", b"x"), PersonFile("b.txt", b"x"), PersonFile("c.txt", b"x")],
        [PersonFile("a.txt", b"")],
        [],
    ],
    ids=["type", "number", "empty", "none"],
)
async def test_the_client_checks_files(ana: Person, app: TinyApp, slack: LocalSlack, files: list[PersonFile]) -> None:
    """Wrong extensions, too many, empty ones, and none where one is needed: nothing is uploaded or sent."""
    view = await opened(ana, app, file_form(filetypes=["txt", "md"], max_files=2))
    with pytest.raises(ClientRefused):
        await ana.submit(view, {"script_file": files})
    assert not slack.world.files
    await ana.submit(view, {"script_file": [PersonFile("A.TXT", b"x"), PersonFile("b.md", b"x")]})
    assert len(slack.world.files) == 2


async def test_a_forged_client_gives_any_file(ana: Person, app: TinyApp) -> None:
    """`filetypes` is a convenience, so the app must look for itself."""
    view = await opened(ana, app, file_form(filetypes=["txt"]))
    await ana.submit(view, {"script_file": [PersonFile("a.exe", b"MZ")]}, client_checks=False)
    state = app.last("view_submission")["view"]["state"]["values"]["script_file"]["given"]
    assert state["files"][0]["name"] == "a.exe"


async def test_choosing_tells_the_app_with_all_that_was_typed(ana: Person, app: TinyApp) -> None:
    """The action carries the choice; the view its hash and the current state of every input."""
    view = await opened(ana, app, live_form())
    ana.type_in(view, {"script": "Half a sen"})
    assert "block_actions" not in [payload.get("type") for payload in app.received]
    reply = await ana.choose(view, "language", "ko")
    payload = app.last("block_actions")
    (action,) = payload["actions"]
    assert (reply.error, payload["trigger_id"]) == (None, reply.trigger_id)
    assert (action["block_id"], action["selected_option"]["value"]) == ("language", "ko")
    assert payload["container"] == {"type": "view", "view_id": view.id}
    assert payload["view"]["hash"] == view.hash
    values = payload["view"]["state"]["values"]
    assert values["script"]["typed"]["value"] == "Half a sen"
    assert values["language"]["spoken"]["selected_option"]["value"] == "ko"


async def test_only_what_was_offered_can_be_chosen(ana: Person, app: TinyApp) -> None:
    """A type-ahead must have shown it, the field must tell the app, and the view must be in front."""
    app.reply("block_suggestion", {"options": [option("anna")]})
    view = await opened(ana, app, live_form())
    for block_id, value in (("model", "anna"), ("language", "fr"), ("script", "x"), ("nowhere", "x")):
        with pytest.raises(ClientRefused):
            await ana.choose(view, block_id, value)
    await ana.suggestions(view, "model", "an")
    reply = await ana.choose(view, "model", "anna")
    assert app.last("block_actions")["actions"][0]["selected_option"]["value"] == "anna"
    await app.api.views_push(trigger_id=reply.trigger_id, view=form())
    with pytest.raises(ClientRefused):
        await ana.choose(view, "model", "anna")
    with pytest.raises(ClientRefused):
        ana.type_in(view, {"script": "below"})


async def test_an_update_keeps_what_stands_under_the_same_ids(ana: Person, app: TinyApp) -> None:
    """New ids take their initial values, old ones never do, and what vanished is forgotten."""
    view = await opened(ana, app, live_form())
    ana.type_in(view, {"script": "Hello", "language": "ko"})
    changed = live_form()
    script, _, _, language = changed["blocks"]
    script["element"]["initial_value"] = "Other words"
    fresh = field("notes", {"type": "plain_text_input", "action_id": "n", "initial_value": "New"})
    await app.api.views_update(view_id=view.id, view={**changed, "blocks": [script, fresh]})
    values = state_values(ana.current(view.id))
    assert (values["script"]["typed"]["value"], values["notes"]["n"]["value"]) == ("Hello", "New")
    await app.api.views_update(view_id=view.id, view={**changed, "blocks": [script, language]})
    assert state_values(view)["language"]["spoken"]["selected_option"]["value"] == "en"


async def test_an_initial_value_comes_too_late_for_an_empty_field(ana: Person, app: TinyApp) -> None:
    """A field nobody touched stays empty under its old ids, as with the real client."""
    view = await opened(ana, app, form())
    changed = form()
    changed["blocks"][0]["element"]["initial_value"] = "Suggestion"
    await app.api.views_update(view_id=view.id, view=changed)
    assert state_values(view)["script"]["typed"]["value"] is None


async def test_a_choice_that_is_no_longer_offered_is_forgotten(ana: Person, app: TinyApp) -> None:
    """A select with other options starts with its initial one."""
    view = await opened(ana, app, form())
    ana.type_in(view, {"language": "ko"})
    changed = form()
    changed["blocks"][3]["element"] |= {"options": [option("ja")], "initial_option": option("ja")}
    await app.api.views_update(view_id=view.id, view=changed)
    assert state_values(view)["language"]["spoken"]["selected_option"]["value"] == "ja"


async def test_a_stale_hash_changes_nothing(ana: Person, app: TinyApp) -> None:
    """The second of two updates with the same hash is refused."""
    view = await opened(ana, app, form())
    stale = view.hash
    await app.api.views_update(view_id=view.id, hash=stale, view={**form(), "title": plain("One")})
    assert view.hash != stale
    late = app.api.views_update(view_id=view.id, hash=stale, view={**form(), "title": plain("Two")})
    assert await refusal(late) == "hash_conflict"
    assert view.body["title"]["text"] == "One"


async def test_a_submission_takes_what_was_typed_before(ana: Person, app: TinyApp) -> None:
    """Only what changes has to be given; a closed view can neither be typed in nor looked at."""
    view = await opened(ana, app, modal(field("a", {"type": "plain_text_input", "action_id": "x"})))
    ana.type_in(view, {"a": "typed before"})
    assert (await ana.submit(view)).closed
    values = app.last("view_submission")["view"]["state"]["values"]
    assert values["a"]["x"]["value"] == "typed before"
    with pytest.raises(ClientRefused):
        ana.current(view.id)
    with pytest.raises(ClientRefused):
        ana.type_in(view, {"a": "late"})


async def test_a_view_without_submit_cannot_be_submitted(ana: Person, app: TinyApp) -> None:
    """There is nothing to press."""
    note = {"type": "modal", "title": plain("Note"), "blocks": [{"type": "section", "text": plain("Done")}]}
    view = await opened(ana, app, note)
    with pytest.raises(ClientRefused):
        await ana.submit(view)


async def test_three_views_are_as_high_as_a_stack_gets(ana: Person, app: TinyApp) -> None:
    """A fourth one pushed by a reply is trouble to the person, and the third stays."""
    step = modal(field("a", {"type": "plain_text_input", "action_id": "x", "initial_value": "v"}))
    view = await opened(ana, app, step)
    app.reply("view_submission", {"response_action": "push", "view": step})
    for _ in range(2):
        pushed = (await ana.submit(view)).view
        assert pushed is not None
        assert pushed.previous_id == view.id
        view = pushed
    outcome = await ana.submit(view)
    assert outcome.view is view
    assert "push_limit_reached" in (outcome.error or "")
