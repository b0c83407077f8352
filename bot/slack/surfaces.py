"""What the bot listens to: one file per surface. Each acks, parses, calls one service, renders."""

from slack_bolt.async_app import AsyncApp

from bot.slack.account import listener as account
from bot.slack.approval import listener as approval
from bot.slack.command import listener as command
from bot.slack.deps import Deps
from bot.slack.errors import ErrorHandler
from bot.slack.form import actions as form_actions
from bot.slack.form import submission as modal
from bot.slack.form import type_ahead as options
from bot.slack.home import listener as home
from bot.slack.shortcuts import listener as shortcuts
from bot.slack.step import listener as step
from bot.slack.thread import listener as buttons


def register_all(app: AsyncApp, deps: Deps) -> None:
    app.error(ErrorHandler(deps.people).handle)
    for surface in (command, modal, options, form_actions, home, buttons, shortcuts, approval, account, step):
        surface.register(app, deps)
