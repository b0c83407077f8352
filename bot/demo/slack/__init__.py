"""A strict local Slack over real HTTP, for the demo and the tests. It knows nothing of the app it serves."""

from bot.demo.slack.client.files import PersonFile
from bot.demo.slack.client.form_state import state_values
from bot.demo.slack.client.person import Person
from bot.demo.slack.client.submission import TROUBLE, Submission
from bot.demo.slack.delivery.http import Reply
from bot.demo.slack.server import LocalSlack
from bot.demo.slack.state.errors import AppReplyRefused, ClientRefused
from bot.demo.slack.state.faults import FaultRates, Faults
from bot.demo.slack.state.markup import live_entities
from bot.demo.slack.state.world import (
    Channel,
    Edit,
    Enterprise,
    Execution,
    File,
    Message,
    User,
    Usergroup,
    View,
    World,
    demo_world,
)
from bot.demo.slack.team import Team
from bot.demo.slack.web_api.server import Call

__all__ = [
    "TROUBLE",
    "AppReplyRefused",
    "Call",
    "Channel",
    "ClientRefused",
    "Edit",
    "Enterprise",
    "Execution",
    "FaultRates",
    "Faults",
    "File",
    "LocalSlack",
    "Message",
    "Person",
    "PersonFile",
    "Reply",
    "Submission",
    "Team",
    "User",
    "Usergroup",
    "View",
    "World",
    "demo_world",
    "live_entities",
    "state_values",
]
