"""A local AI Studios: the V3 API over real HTTP, as its public documentation gives it."""

from bot.demo.aistudios.account import DEMO_MODELS, DEMO_WORKSPACES, UNLISTED_MODELS, Account, DemoModel, DemoWorkspace
from bot.demo.aistudios.api import DropdownShape
from bot.demo.aistudios.faults import Fault, Faults
from bot.demo.aistudios.records import Call, ExportRequest, Project, Submission, WebhookCall, WebhookEncoding
from bot.demo.aistudios.rendering import Render
from bot.demo.aistudios.server import LocalAIStudios

__all__ = [
    "DEMO_MODELS",
    "DEMO_WORKSPACES",
    "UNLISTED_MODELS",
    "Account",
    "Call",
    "DemoModel",
    "DemoWorkspace",
    "DropdownShape",
    "ExportRequest",
    "Fault",
    "Faults",
    "LocalAIStudios",
    "Project",
    "Render",
    "Submission",
    "WebhookCall",
    "WebhookEncoding",
]
