"""What the bot listens to: one file per surface. Each acks, parses, calls one service, renders."""

from slack_bolt.async_app import AsyncApp

from bot.slack.errors import ErrorHandler
from bot.slack.listeners import (
    account,
    approval,
    buttons,
    command,
    form_actions,
    home,
    modal,
    options,
    shortcuts,
    step,
)
from bot.slack.listeners.deps import Deps


def register_all(app: AsyncApp, deps: Deps) -> None:
    app.error(ErrorHandler(deps.people).handle)
    for surface in (command, modal, options, form_actions, home, buttons, shortcuts, approval, account, step):
        surface.register(app, deps)
