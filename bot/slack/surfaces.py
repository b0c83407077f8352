"""Registers every listener. A listener acknowledges, parses, calls one service, and renders."""

from slack_bolt.async_app import AsyncApp

from bot.slack.account import listener as account
from bot.slack.approval import listener as approval
from bot.slack.command import listener as command
from bot.slack.deps import Deps
from bot.slack.errors import ErrorHandler
from bot.slack.form import actions, submission, type_ahead
from bot.slack.home import listener as home
from bot.slack.shortcuts import listener as shortcuts
from bot.slack.step import listener as step
from bot.slack.thread import listener as thread


def register_all(app: AsyncApp, deps: Deps) -> None:
    app.error(ErrorHandler(deps.people).handle)
    for surface in (command, shortcuts, type_ahead, actions, submission, thread, approval, home, account, step):
        surface.register(app, deps)
