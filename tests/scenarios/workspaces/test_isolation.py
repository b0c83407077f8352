"""The wall between workspaces that share one bot: each makes videos of its own, and nothing gets through."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.demo.slack import PersonFile
from bot.demo.slack.client.files import take_file
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    MINJI,
    is_content,
    replies,
    text_of,
    until_announced,
    until_notified,
    until_reply,
    until_says,
    until_submitted,
    until_taken,
    until_video,
)
from tests.scenarios.workspaces.shared_bot import (
    GRID_TEAMS,
    OWN_ACCOUNT,
    TEAMS,
    Workspace,
    buttons,
    shared_stage,
    workspace,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_LONGER = "no longer"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One bot for all workspaces."""
    async with shared_stage(tmp_path_factory.mktemp("stage")) as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="module")
async def red(stage: Stage) -> Workspace:
    """A workspace with its own account."""
    return await workspace(stage, TEAMS[0]).ready()


@pytest_asyncio.fixture(loop_scope="module")
async def blue(stage: Stage) -> Workspace:
    """Another one, whose people bear the same ids."""
    return await workspace(stage, TEAMS[1]).ready()


@pytest.fixture
def leaving(stage: Stage) -> Workspace:
    """A third one, which is left and entered again."""
    return workspace(stage, TEAMS[2])


async def test_each_makes_videos_with_its_own_account(
    stage: Stage, red: Workspace, blue: Workspace, script: str
) -> None:
    """Two at once: each is billed to its own account, with its own avatar, and seen in its own workspace only."""
    sides = {red: f"red {script}", blue: f"blue {script}"}
    roots = await asyncio.gather(*(side.make_video(words) for side, words in sides.items()))
    for root in roots:
        await until_video(stage, root)
    for side, words in sides.items():
        (bill,) = [bill for bill in stage.studio.billed if bill.text == words]
        assert (bill.app_id, bill.model) == (side.account.app_id, side.avatar.id)
        (other,) = [foreign for own, foreign in sides.items() if own is not side]
        assert words in side.says()
        assert other not in side.says()
        home = await side.home()
        # A list quotes the beginning of a script, which is no other test's.
        assert words.split(":")[0] in home
        assert other.split(":")[0] not in home


async def test_type_ahead_offers_the_own_avatars_only(red: Workspace, blue: Workspace) -> None:
    """By name nothing of another workspace's is found; by id it is offered as any id is, without its name."""
    assert [option["value"] for option in await red.offers("Avatar")] == [red.avatar.id]
    assert await red.offers(blue.avatar.english) == []
    (pasted,) = await red.offers(blue.avatar.id)
    assert blue.avatar.english not in str(pasted)
    assert "6a" in str(pasted)


async def test_anothers_avatar_is_refused_and_costs_nothing(
    stage: Stage, red: Workspace, blue: Workspace, script: str
) -> None:
    """The pasted id of another workspace's avatar goes to the own account, which does not have it."""
    root = await red.make_video(script, model=blue.avatar.id)
    assert "didn't accept" in await until_notified(stage, root)
    assert not [bill for bill in stage.studio.billed if bill.text == script]


@pytest.mark.parametrize("label", ["Stop", "Make another version"])
async def test_anothers_export_does_not_answer_to_a_button(
    stage: Stage, red: Workspace, blue: Workspace, script: str, label: str
) -> None:
    """A button of one workspace with the export id of another's: refused, told so, and nothing of it is shown."""
    stage.studio.hold()
    theirs, ours = await asyncio.gather(red.make_video(f"red {script}"), blue.make_video(f"blue {script}"))
    if label == "Stop":
        carrier, victim = await until_reply(stage, ours), await until_reply(stage, theirs)
        await asyncio.gather(until_taken(stage, ours), until_taken(stage, theirs))
    else:
        stage.studio.release()
        await asyncio.gather(until_video(stage, ours), until_video(stage, theirs))
        carrier, victim = replies(stage, ours)[0], replies(stage, theirs)[0]
    before, known = text_of(victim), len(blue.person.ephemerals())
    value = next(one["value"] for one in buttons(victim) if one["text"]["text"] == label)
    assert is_content(await blue.press(carrier, label, value=value))
    assert NO_LONGER in await blue.private_message(known)
    assert f"red {script}" not in blue.says()
    assert text_of(victim) == before
    stage.studio.release()
    await until_video(stage, theirs)


async def test_make_again_shows_nothing_of_anothers(stage: Stage, red: Workspace, blue: Workspace, script: str) -> None:
    """The button of the Home tab with another workspace's export id opens an empty form."""
    for side, words in ((red, f"red {script}"), (blue, f"blue {script}")):
        await until_video(stage, await side.make_video(words))
        await side.home()
    theirs, ours = red.person.home(), blue.person.home()
    assert theirs is not None
    assert ours is not None
    await stage.slack.until(lambda: _again(red) and _again(blue), what="the button in both")
    _again(blue)[0]["value"] = _again(red)[0]["value"]
    home = blue.person.home()
    assert home is not None
    reply = await blue.person.press(home, _again(blue)[0]["action_id"], block_id=None)
    form = await blue.person.view(of=reply)
    assert f"red {script}" not in str(form.body)
    assert red.avatar.id not in str(form.body)


def _again(side: Workspace) -> list[dict[str, Any]]:
    """The buttons of the Home tab that open the form again, the newest first."""
    home = side.person.home()
    blocks = home.body["blocks"] if home else []
    found = [block["accessory"] for block in blocks if block.get("accessory", {}).get("action_id") == "make_again"]
    rows = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    return found + [element for element in rows if element["action_id"] == "make_again"]


async def test_anothers_file_is_not_read(stage: Stage, red: Workspace, blue: Workspace, script: str) -> None:
    """A form that names a file of another workspace is sent back; nothing is ordered."""
    person = red.team.world.users[ANA]
    theirs = take_file(red.team.workspace, person, PersonFile("plan.txt", f"red {script}".encode()))
    view, values = await blue.fill_in("")
    await blue.person.press(view, "more_options")
    await stage.slack.until(lambda: "script_file" in str(view.body["blocks"]), what="more options")
    blue.person.type_in(view, {name: value for name, value in values.items() if name != "script"})
    view.typed["script_file"] = {"script_file": {"type": "file_input", "files": [theirs]}}
    submission = await blue.person.submit(view, {}, client_checks=False)
    assert set(submission.errors) == {"script_file"}
    assert f"red {script}" not in blue.says()
    assert not [bill for bill in stage.studio.billed if script in bill.text]


async def test_forms_that_bear_the_same_id_are_two_exports(
    stage: Stage, red: Workspace, blue: Workspace, script: str
) -> None:
    """Slack doesn't say that the ids of forms are different everywhere: each workspace gets its own video."""
    forms = [(side, *await side.fill_in(f"{side.team.id} {script}")) for side in (red, blue)]
    for side, view, values in forms:
        view.id = forms[0][1].id
        assert (await side.person.submit(view, values)).closed
    for side, _, values in forms:
        await until_video(stage, await until_announced(stage, values["script"], place=side.general))
    accounts = {bill.text: bill.app_id for bill in stage.studio.billed if script in bill.text}
    assert accounts == {values["script"]: side.account.app_id for side, _, values in forms}


async def test_anothers_webhook_address_proves_nothing(
    stage: Stage, red: Workspace, blue: Workspace, script: str
) -> None:
    """The proof of one workspace's export does not open another's."""
    stage.studio.hold()
    roots = await asyncio.gather(red.make_video(f"red {script}"), blue.make_video(f"blue {script}"))
    ids = [await until_submitted(stage, words) for words in (f"red {script}", f"blue {script}")]
    (theirs, ours) = (str(stage.studio.projects[project].request.webhook_url) for project in ids)
    forged = f"{theirs.rsplit('/', 1)[0]}/{ours.rsplit('/', 1)[1]}"
    async with aiohttp.ClientSession() as http, http.post(forged, json={"progress": 50}) as answer:
        assert answer.status == 404
    stage.studio.release()
    await asyncio.gather(*(until_video(stage, root) for root in roots))


async def test_without_credits_only_the_own_workspace_knows(
    stage: Stage, red: Workspace, blue: Workspace, script: str
) -> None:
    """What one account refuses is said in its workspace, and the other goes on."""
    red.account.credits = 0
    refused, fine = await asyncio.gather(red.make_video(f"red {script}"), blue.make_video(f"blue {script}"))
    await asyncio.gather(until_notified(stage, refused), until_video(stage, fine))
    red.account.credits = None
    assert text_of(refused).startswith("⚠️")
    assert "⚠️" not in "".join(text_of(message) for message in stage.slack.thread(fine.channel, fine.ts))


async def test_revoked_keys_stop_only_the_own_workspace(
    stage: Stage, red: Workspace, blue: Workspace, script: str
) -> None:
    """Keys that AI Studios no longer takes fail one workspace's video, not the other's."""
    key, red.account.user_key = red.account.user_key, "another-key"
    red.account.tokens.revoke()
    refused, fine = await asyncio.gather(red.make_video(f"red {script}"), blue.make_video(f"blue {script}"))
    told, _ = await asyncio.gather(until_notified(stage, refused), until_video(stage, fine))
    red.account.user_key = key
    assert "key" in told
    assert red.account.app_id not in red.says()


async def test_a_list_is_of_one_workspace(stage: Stage, red: Workspace, blue: Workspace, script: str) -> None:
    """`/avatar list` of the same user id in another workspace knows nothing of this one's videos."""
    await until_video(stage, await red.make_video(script))
    for side, is_there in ((red, True), (blue, False)):
        known = len(side.person.ephemerals())
        assert is_content(await side.person.slash_command("/avatar", "list", side.general))
        assert (script.split(":")[0] in await side.private_message(known)) is is_there


async def test_the_form_remembers_within_one_workspace(
    stage: Stage, red: Workspace, blue: Workspace, script: str
) -> None:
    """The avatar chosen last in one workspace is not the one proposed in the other."""
    for side in (blue, red):
        await until_video(stage, await side.make_video(f"{side.team.id} {script}"))
    assert red.avatar.id not in str((await blue.form()).body)


async def test_two_install_at_once(leaving: Workspace) -> None:
    """Two browsers, two people, one workspace: both end well and the app works."""
    pages = await asyncio.gather(leaving.install(ANA), leaving.install(MINJI))
    assert ["is installed" in page.text for page in pages] == [True, True]
    assert "Avatar videos" in await leaving.home()


async def test_uninstalling_leaves_the_others_alone(
    stage: Stage, leaving: Workspace, blue: Workspace, script: str
) -> None:
    """A render that runs in the workspace that leaves ends without another call to Slack; the other's arrives."""
    await leaving.ready()
    stage.studio.hold()
    gone, stays = await asyncio.gather(leaving.make_video(f"left {script}"), blue.make_video(f"blue {script}"))
    await asyncio.gather(until_taken(stage, gone), until_taken(stage, stays))
    assert [reply.error for reply in await stage.slack.uninstall(leaving.team.id)] == [None, None]
    stage.studio.release()
    await until_video(stage, stays)
    export_id = buttons(replies(stage, gone)[0])[0]["value"]
    await stage.slack.until(lambda: _ended(stage, export_id), what="the end of the export in the log")
    assert not [call for call in stage.slack.calls if call.answer.get("error") == "account_inactive"]


def _ended(stage: Stage, export_id: str) -> bool:
    """Whether the log says that the export can't go on."""
    lines = [line for line in stage.bot.log.read_text().splitlines() if export_id in line]
    return any("account_inactive" in line or "not installed" in line for line in lines)


async def test_installing_again_works_at_once(stage: Stage, leaving: Workspace, script: str) -> None:
    """After leaving, a workspace begins anew: it has to connect an account again, and then makes videos."""
    await leaving.ready()
    await stage.slack.uninstall(leaving.team.id)
    await leaving.install()
    assert "No AI Studios account" in await leaving.home()
    await leaving.connect()
    await until_video(stage, await leaving.make_video(script))


async def test_an_organisation_installs_once_for_two_workspaces(stage: Stage, red: Workspace, script: str) -> None:
    """Each workspace of the organisation has its own account, credits, list and videos; nobody else's are there."""
    await until_video(stage, await red.make_video(f"red {script}"))
    north, south = (workspace(stage, team_id) for team_id in GRID_TEAMS)
    assert "is installed" in (await north.install(for_organisation=True)).text
    for side in (north, south):
        assert "Videos: 0 · Credits: 0" in await side.home()
        await side.ready()
        assert OWN_ACCOUNT in await side.home()
    words = {side: f"{side.team.id} {script}" for side in (north, south)}
    roots = await asyncio.gather(*(side.make_video(words[side]) for side in words))
    await asyncio.gather(*(until_video(stage, root) for root in roots))
    for side, other in ((north, south), (south, north)):
        (bill,) = [bill for bill in stage.studio.billed if bill.text == words[side]]
        assert bill.app_id == side.account.app_id
        known = len(side.person.ephemerals())
        await side.person.slash_command("/avatar", "list", side.general)
        told = await side.private_message(known)
        assert side.team.id in told
        assert other.team.id not in told


async def test_an_organisation_that_leaves_takes_its_accounts_along(stage: Stage) -> None:
    """Once the app was removed from the organisation, no key of its workspaces is used any more."""
    sides = [workspace(stage, team_id) for team_id in GRID_TEAMS]
    if not sides[0].team.is_installed:
        await sides[0].install(for_organisation=True)
    for side in sides:
        await side.ready()
        assert OWN_ACCOUNT in await side.home()
    await stage.slack.uninstall(sides[0].team.id)
    await sides[0].install(for_organisation=True)
    for side in sides:
        assert "No AI Studios account" in await side.home()


async def test_without_an_account_people_are_told(stage: Stage, leaving: Workspace) -> None:
    """The command is answered at once with who has to do what, and no form opens."""
    await leaving.ready()
    await stage.slack.uninstall(leaving.team.id)
    await leaving.install()
    known = len(leaving.person.ephemerals())
    assert is_content(await leaving.person.slash_command("/avatar", "", leaving.general))
    assert "No AI Studios account is connected" in await leaving.private_message(known)


async def test_tokens_rotate_while_a_render_runs(tmp_path: Path) -> None:
    """A render that outlives several tokens still reports and delivers."""
    async with shared_stage(tmp_path, rotation=True, token_seconds=3) as stage:
        red = await workspace(stage, TEAMS[0]).ready()
        stage.studio.hold()
        root = await red.make_video("A long one")
        await until_taken(stage, root)
        first = stage.slack.grants.tokens_of(stage.slack.grants.of(red.team.id)[0])
        stage.slack.expire_tokens(red.team.id)
        stage.studio.release()
        await until_video(stage, root)
        assert len(stage.slack.grants.tokens_of(stage.slack.grants.of(red.team.id)[0])) > len(first)
        await until_says(stage, root, "✅")
