"""*More options*: the rarer fields, folded away until somebody wants them."""

from pathlib import Path

import pytest

from bot.demo.slack import View
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    GENERAL,
    MINJI,
    OLIVIA,
    answers,
    block,
    element,
    newcomer,
    open_form,
    quickly_staged,
    text_of,
    until_announced,
    until_offered,
    until_submitted,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

MORE = "more_options"
TEACHING = "68e0aa10c3f2b45d9e71a002"
MAIN = ["model", "language", "script", "place"]
RARER = ["script_file", "resolution", "workspace", "draft"]


def fields(view: View) -> list[str]:
    """The fields of the form, from top to bottom."""
    return [one["block_id"] for one in view.body["blocks"] if one["type"] == "input"]


async def unfolded(stage: Stage, view: View) -> View:
    """The form after *More options* was pressed."""
    await stage.slack.person(view.user).press(view, MORE)
    await stage.slack.until(lambda: "resolution" in fields(view), what="more options")
    return view


@pytest.mark.parametrize(("person", "words"), [(ANA, "Keep as a draft"), (MINJI, "초안으로 남기기")])
async def test_the_rarer_fields_are_folded_away(stage: Stage, person: str, words: str) -> None:
    """The form opens with four fields; a button shows the others, in the person's language."""
    view = await open_form(stage, person)
    assert fields(view) == MAIN

    async def all_shown() -> bool:
        """The workspaces are there once AI Studios has told of them."""
        return fields(await unfolded(stage, await open_form(stage, person))) == MAIN + RARER

    await until_true(all_shown, what="every field")
    view = await unfolded(stage, view)
    assert words in element(view, "draft")["options"][0]["text"]["text"]
    assert element(view, "resolution")["initial_option"]["value"] == "1080"
    assert [one["text"]["text"] for one in element(view, "workspace")["options"]] == ["Marketing", "교육팀"]


async def test_more_options_keep_what_was_typed(stage: Stage, script: str) -> None:
    """What stood in the form before the button was pressed is what is submitted after it."""
    person = stage.slack.person(ANA)
    view = await open_form(stage)
    person.type_in(view, await answers(stage, view, script, model="M000000103", language="fr-FR", place="C0LAUNCH1"))
    await unfolded(stage, view)
    assert (await person.submit(view)).closed
    root = await until_announced(stage, script, place="C0LAUNCH1")
    await until_video(stage, root)
    bill = next(bill for bill in stage.studio.billed if bill.text == script)
    assert (bill.model, bill.language) == ("M000000103", "fr-FR")


@pytest.mark.parametrize("resolution", ["480", "720", "4k"])
async def test_the_resolution_is_what_was_chosen(stage: Stage, script: str, resolution: str) -> None:
    """AI Studios is asked for the chosen resolution, and the announcement names it."""
    view = await unfolded(stage, await open_form(stage))
    filled = await answers(stage, view, script) | {"resolution": resolution}
    assert (await stage.slack.person(ANA).submit(view, filled)).closed
    root = await until_announced(stage, script)
    assert f"Resolution: {resolution}" in text_of(root)
    await until_video(stage, root)
    assert asked(stage, script)["resolution"] == resolution


async def test_the_workspace_is_what_was_chosen(stage: Stage, script: str) -> None:
    """The project is made in the chosen workspace of AI Studios."""
    view = await unfolded(stage, await open_form(stage))
    filled = await answers(stage, view, script) | {"workspace": TEACHING}
    assert (await stage.slack.person(ANA).submit(view, filled)).closed
    await until_video(stage, await until_announced(stage, script))
    assert asked(stage, script)["workspaceId"] == TEACHING


async def test_without_a_choice_ai_studios_decides(stage: Stage, script: str) -> None:
    """With the options open and left alone the request is the usual one."""
    view = await unfolded(stage, await open_form(stage))
    assert (await stage.slack.person(ANA).submit(view, await answers(stage, view, script))).closed
    await until_video(stage, await until_announced(stage, script))
    request = asked(stage, script)
    assert "workspaceId" not in request
    assert (request["resolution"], request["isExport"]) == ("1080", True)


async def test_a_draft_is_not_rendered(stage: Stage, script: str) -> None:
    """A draft costs nothing; the thread says that it is one."""
    view = await unfolded(stage, await open_form(stage))
    filled = await answers(stage, view, script) | {"draft": ["draft"]}
    assert (await stage.slack.person(ANA).submit(view, filled)).closed
    root = await until_announced(stage, script)
    await stage.slack.until(lambda: text_of(root).startswith("📝"), what="the draft")
    assert asked(stage, script)["isExport"] is False
    assert [bill for bill in stage.studio.billed if bill.text == script] == []


async def test_an_update_that_meets_another_is_not_lost(stage: Stage) -> None:
    """When the form changed in the moment of the press, the options show all the same."""
    view = await open_form(stage)
    stage.slack.faults.add("views.update", error="hash_conflict")
    assert "resolution" in fields(await unfolded(stage, view))


async def test_a_form_that_cannot_change_can_still_be_submitted(stage: Stage, script: str) -> None:
    """When Slack does not change the form, it stays as it is and works."""
    person = stage.slack.person(newcomer(stage, "U0OPTION1"))
    view = await open_form(stage, person.user.id)
    stage.slack.faults.add("views.update", times=2, error="internal_error")
    before = len(stage.slack.calls)
    await person.press(view, MORE)
    await stage.slack.until(
        lambda: [call.method for call in list(stage.slack.calls)[before:]].count("views.update") == 2, what="the tries"
    )
    assert fields(view) == MAIN
    assert (await person.submit(view, await answers(stage, view, script))).closed
    await until_submitted(stage, script)


@pytest.mark.parametrize("settings", [{"workspaces": ()}])
async def test_an_account_without_workspaces(tmp_path: Path, settings: dict[str, object]) -> None:
    """Where there is nothing to choose from, nothing is asked."""
    async with quickly_staged(tmp_path, studio=settings) as stage:
        view = await open_form(stage)
        await until_offered(stage, view, OLIVIA)
        assert fields(await unfolded(stage, view)) == [*MAIN, "script_file", "resolution", "draft"]


async def test_the_script_is_not_left_out(stage: Stage) -> None:
    """With the options open Slack no longer insists on a script; the form does."""
    view = await unfolded(stage, await open_form(stage))
    await until_offered(stage, view, OLIVIA)
    submission = await stage.slack.person(ANA).submit(view, {"model": OLIVIA, "language": "en", "place": GENERAL})
    assert list(submission.errors) == ["script"]
    assert block(view, "script")["optional"] is True


def asked(stage: Stage, script: str) -> dict[str, object]:
    """What AI Studios was asked for."""
    sent = [call.json for call in stage.studio.calls if call.path.endswith("/simple/custom")]
    request: dict[str, object] = next(one for one in sent if isinstance(one, dict) and one.get("text") == script)
    return request
