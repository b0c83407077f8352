"""How the Web API refuses: Slack's error code and what comes with it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.demo.slack.state.world import Json


class SlackError(Exception):
    """A call that Slack answers with `ok: false`."""

    def __init__(self, code: str, messages: Sequence[str] = (), **extra: str) -> None:
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.extra = extra

    def answer(self) -> Json:
        """The body of the answer."""
        answer: Json = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            answer["response_metadata"] = {"messages": self.messages}
        return answer


class ClientRefused(Exception):
    """The Slack client did not let the person do this, so nothing was sent to the app.

    `code` names what people run into, so that the page can say it in their own language.
    """

    def __init__(self, words: str, *, code: str | None = None) -> None:
        super().__init__(words)
        self.code = code


class AppReplyRefused(Exception):
    """Slack could not use the reply of the app; the person sees an empty list or an error."""
