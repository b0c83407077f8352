"""One workspace: its people, and what passes between them and the app."""

from __future__ import annotations

from bot.demo.slack.client.person import ClientContext, Person
from bot.demo.slack.delivery.events import Events
from bot.demo.slack.delivery.http import Delivery
from bot.demo.slack.delivery.response_urls import ResponseUrls
from bot.demo.slack.state.faults import Faults
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import World


class Team:
    """A workspace, its people, and the events, payloads and responses between them and the app."""

    def __init__(self, workspace: Workspace, delivery: Delivery, *, over_http: bool) -> None:
        self.workspace = workspace
        self.events = Events(workspace, delivery)
        self.response_urls = ResponseUrls(workspace)
        self._context = ClientContext(workspace, delivery, self.events, self.response_urls, over_http=over_http)

    @property
    def id(self) -> str:
        """The workspace's id, as payloads name it."""
        return self.world.team_id

    @property
    def world(self) -> World:
        """Its people, conversations and views."""
        return self.workspace.world

    @property
    def faults(self) -> Faults:
        """The faults that calls about this workspace meet."""
        return self.workspace.faults

    @property
    def is_installed(self) -> bool:
        """Whether the app is there."""
        return self.workspace.is_installed

    def person(self, user_id: str) -> Person:
        """Someone of this workspace at a Slack client."""
        return Person(self._context, self.world.users[user_id])
