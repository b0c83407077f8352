"""What the bot listens to: one file per surface. Each acks, parses, calls one service, renders."""

from slack_bolt.async_app import AsyncApp

from bot.slack.errors import ErrorHandler
from bot.slack.listeners import approval, buttons, command, home, modal, options, step
from bot.slack.listeners.deps import Deps


def register_all(app: AsyncApp, deps: Deps) -> None:
    app.error(ErrorHandler(deps.people).handle)
    for surface in (approval, buttons, command, home, modal, options, step):
        surface.register(app, deps)
