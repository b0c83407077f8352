"""A strict local Slack over real HTTP, for the demo and the tests. It knows nothing of the app it serves."""

from bot.demo.slack.api import Call
from bot.demo.slack.delivery import Reply
from bot.demo.slack.errors import AppReplyRefused, ClientRefused
from bot.demo.slack.faults import FaultRates, Faults
from bot.demo.slack.form_state import state_values
from bot.demo.slack.markup import live_entities
from bot.demo.slack.person import Person
from bot.demo.slack.person_files import PersonFile
from bot.demo.slack.server import LocalSlack
from bot.demo.slack.submission import TROUBLE, Submission
from bot.demo.slack.world import (
    Channel,
    Edit,
    Execution,
    File,
    Message,
    User,
    Usergroup,
    View,
    World,
    demo_world,
)

__all__ = [
    "TROUBLE",
    "AppReplyRefused",
    "Call",
    "Channel",
    "ClientRefused",
    "Edit",
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
    "User",
    "Usergroup",
    "View",
    "World",
    "demo_world",
    "live_entities",
    "state_values",
]
