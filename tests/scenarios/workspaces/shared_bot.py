"""Several workspaces that share one bot, each with an AI Studios account of its own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo.aistudios import Account, DemoModel
from bot.demo.slack import Enterprise, Message, Person, Reply, Team, View, World
from bot.demo.stage import Stage, read_manifest
from bot.demo.video import short_video
from tests.demo.slack.install.browser import Page, browser_of
from tests.demo.slack.install.worlds import further_world
from tests.demo.stage import staged_for_many
from tests.scenarios.scene import ANA, is_content, text_of, texts, until_announced, until_true

GRID = Enterprise("E0GRID001", "Grid Inc")
TEAMS = ("T0RED0001", "T0BLUE001", "T0LEFT001")
GRID_TEAMS = ("T0NORTH01", "T0SOUTH01")
OWN_ACCOUNT = "own AI Studios account"
WITHOUT_OPERATORS_ACCOUNT = {"AISTUDIOS_APP_ID": None, "AISTUDIOS_USER_KEY": None}


@dataclass(frozen=True)
class Workspace:
    """A workspace, the account that it is to use, and that account's only avatar."""

    stage: Stage
    team: Team
    account: Account

    @property
    def avatar(self) -> DemoModel:
        return self.account.models[0]

    @property
    def general(self) -> str:
        return next(channel.id for channel in self.team.world.channels.values() if channel.name == "general")

    @property
    def person(self) -> Person:
        """The admin, whose user id is the same everywhere."""
        return self.team.person(ANA)

    async def install(self, user: str = ANA, *, for_organisation: bool = False) -> Page:
        """Goes the whole way in a browser, allowing everything."""
        async with browser_of(self.stage.slack, user, self.team.id) as browser:
            return await browser.install(install_url(self.stage), for_organisation=for_organisation)

    async def ready(self) -> "Workspace":
        """Installed, with its own account."""
        if not self.team.is_installed:
            await self.install()
        if OWN_ACCOUNT not in await self.home():
            await self.connect()
        return self

    async def home(self) -> str:
        """What the Home tab says after it was opened anew."""
        self.team.world.home_tabs.pop(ANA, None)
        reply = await self.person.open_home()
        assert is_content(reply)
        await self.stage.slack.until(self.person.home, what=f"the Home tab of {self.team.id}")
        return self.home_now()

    def home_now(self) -> str:
        """What the Home tab says at this moment."""
        tab = self.person.home()
        return "\n".join(texts(tab.body["blocks"])) if tab else ""

    async def connect(self) -> None:
        """The admin connects the account in the Home tab."""
        tab = self.person.home()
        assert tab is not None
        form = await self.person.view(of=await self.person.press(tab, "connect_account"))
        typed = {"app_id": self.account.app_id, "user_key": self.account.user_key}
        submission = await self.person.submit(form, typed)
        assert submission.errors == {}
        assert submission.closed
        await self.stage.slack.until(lambda: OWN_ACCOUNT in self.home_now(), what="the account in Home")

    async def form(self, words: str = "") -> View:
        """Types the command and waits for the form."""
        reply = await self.person.slash_command("/avatar", words, self.general)
        assert is_content(reply)
        return await self.person.view(of=reply)

    async def offers(self, query: str) -> list[dict[str, Any]]:
        """What the type-ahead offers."""
        return await self.person.suggestions(await self.form(), "model", query)

    async def fill_in(self, script: str, model: str = "", **changes: Any) -> tuple[View, dict[str, Any]]:
        """The form, and what to fill in after the avatar was found in it."""
        view, model = await self.form(), model or self.avatar.id

        async def offered() -> bool:
            return any(option["value"] == model for option in await self.person.suggestions(view, "model", model))

        await until_true(offered, what=f"{model} in the type-ahead")
        return view, {"model": model, "language": "en", "script": script, "place": self.general} | changes

    async def make_video(self, script: str, model: str = "") -> Message:
        """Submits the form; gives the message that announces it."""
        view, values = await self.fill_in(script, model)
        submission = await self.person.submit(view, values)
        assert (submission.error, submission.errors, submission.closed) == (None, {}, True)
        return await until_announced(self.stage, script, place=self.general)

    async def press(self, message: Message, label: str, *, value: str = "") -> Reply:
        """Presses a button by its label; `value` is another's, smuggled into it."""
        button = next(one for one in buttons(message) if one["text"]["text"] == label)
        if value:
            button["value"] = value
        return await self.person.press(message, button["action_id"])

    async def private_message(self, known: int) -> str:
        """The next message that only the admin sees, beyond those known."""
        return text_of((await self.stage.slack.until(lambda: self.person.ephemerals()[known:], what="a message"))[0])

    def says(self) -> str:
        """Everything that was ever said in this workspace: messages, their edits, Home, views and ephemerals."""
        world = self.team.world
        spoken: list[Any] = [view.body["blocks"] for view in (*world.views.values(), *world.home_tabs.values())]
        for channel in world.channels.values():
            for message in [*channel.messages.values(), *channel.ephemerals]:
                spoken += [message.blocks, [{"text": message.text}], *(edit.blocks for edit in message.edits)]
        return "\n".join(texts(spoken))


def buttons(message: Message) -> list[dict[str, Any]]:
    """The buttons of a message."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element for row in rows for element in row]


def install_url(stage: Stage) -> str:
    """Where people begin."""
    return f"{stage.bot.url}/slack/install"


def account_of(team_id: str) -> Account:
    """An account that is named for its workspace, with one avatar that nobody else has."""
    mark = team_id[2:6]
    avatar = DemoModel(f"6a{mark.encode().hex():0>22}", f"Avatar of {mark}", f"{mark}의 아바타", "custom")
    return Account(f"app-of-{mark}", f"key-of-{mark}", models=(avatar,), unlisted=(), workspaces=())


def worlds() -> list[World]:
    """The workspaces, those of the organisation last."""
    return [
        *(further_world(team_id, team_id[2:6]) for team_id in TEAMS),
        *(further_world(team_id, team_id[2:6], enterprise=GRID) for team_id in GRID_TEAMS),
    ]


@asynccontextmanager
async def shared_stage(
    folder: Path, *, settings: Mapping[str, str | None] | None = None, rotation: bool = False, **slack: Any
) -> AsyncIterator[Stage]:
    """One bot for all of them, installed nowhere yet, without an account of its operator's."""
    manifest = read_manifest()
    manifest["settings"]["token_rotation_enabled"] = rotation
    first, *others = worlds()
    accounts = [account_of(team_id) for team_id in (*TEAMS, *GRID_TEAMS)]
    async with staged_for_many(
        folder,
        settings=WITHOUT_OPERATORS_ACCOUNT | dict(settings or {}),
        slack={"manifest": manifest, "world": first, "teams": others, "time_scale": 60} | slack,
        studio={"render": short_video, "render_seconds": 0.5, "accounts": accounts},
    ) as ready:
        yield ready


def workspace(stage: Stage, team_id: str) -> Workspace:
    """One of them, as it stands."""
    return Workspace(stage, stage.slack.teams[team_id], stage.studio.accounts[account_of(team_id).app_id])
