"""The people: they submit forms, try again when Slack shows an error, and answer the bot's questions."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

from bot.demo.slack import AppReplyRefused, LocalSlack, Message, Person, View
from bot.slack import ids
from tests.chaos.plan import Plan, Request
from tests.chaos.threads import Threads, open_question

OLIVIA = "M000000101"
PATIENCE_FOR_FORM = 3.0
BREATH = 0.7
GIVE_UP_SECONDS = 120.0
LOOK_SECONDS = 0.2
# Requests that have ended are looked at so seldom: thousands of them would keep the local servers from answering.
LOOK_AT_ENDED_SECONDS = 20.0
PRESS_AGAIN_SECONDS = 2.0
SUBMIT_AGAIN_SHARE = 0.7


class People:
    """Everybody at once. A person who sees an error presses again, on the same form."""

    def __init__(self, plan: Plan, slack: LocalSlack, threads: Threads) -> None:
        self._slack = slack
        self._threads = threads
        self._duration = plan.duration
        self._dice = plan.dice("people")
        self._pressed_at: dict[str, float] = {}

    async def ask_for(self, requests: Sequence[Request]) -> None:
        """Submits all of the requests, spread over the run; returns when each was accepted or given up."""
        async with asyncio.TaskGroup() as everybody:
            for number, request in enumerate(requests):
                start = self._duration * (number + self._dice.random()) / len(requests)
                everybody.create_task(self._ask_for(request, start))

    async def answer_questions(self, requests: Sequence[Request]) -> None:
        """Answers whatever is asked, until cancelled."""
        while True:
            looked_at, until = requests, time.monotonic() + LOOK_AT_ENDED_SECONDS
            while time.monotonic() < until:
                self._threads.look()
                looked_at = [request for request in looked_at if not self._threads.show_end_of(request)]
                await asyncio.gather(*(self._answer(request) for request in looked_at if self._question(request)))
                await asyncio.sleep(LOOK_SECONDS)

    async def _ask_for(self, request: Request, start: float) -> None:
        """A person gives up after GIVE_UP_SECONDS."""
        await asyncio.sleep(start)
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVE_UP_SECONDS):
                await self._fill_in(request)

    async def _fill_in(self, request: Request) -> None:
        person = self._slack.person(request.person)
        view = await self._form(person, request.place)
        await self._find_avatar(person, view)
        while not request.accepted:
            request.accepted = await self._submit(person, view, request)
            await asyncio.sleep(BREATH)

    async def _form(self, person: Person, place: str) -> View:
        """Types the command until a form opens."""
        while True:
            reply = await person.slash_command(ids.COMMAND, channel=place)
            with suppress(TimeoutError):
                return await person.view(timeout=PATIENCE_FOR_FORM, of=reply)

    async def _find_avatar(self, person: Person, view: View) -> None:
        """Types into the avatar's field until it is offered."""
        while True:
            try:
                options = await person.suggestions(view, ids.MODEL, OLIVIA)
            except AppReplyRefused:
                options = []
            if any(option["value"] == OLIVIA for option in options):
                return
            await asyncio.sleep(BREATH)

    async def _submit(self, person: Person, view: View, request: Request) -> bool:
        """Presses Submit, some people twice; whether the bot took it."""
        filled = {ids.MODEL: OLIVIA, ids.LANGUAGE: "en", ids.SCRIPT: request.script, ids.PLACE: request.place}
        presses = [person.submit(view, filled)]
        if request.twice:
            presses.append(person.submit(view, filled, again=True))
        submissions = await asyncio.gather(*presses)
        return any(submission.closed and submission.reply.error is None for submission in submissions)

    def _question(self, request: Request) -> Message | None:
        return open_question(self._threads.replies(request))

    async def _answer(self, request: Request) -> None:
        """Presses one of the buttons of an open question, and the same one again when nothing comes of it."""
        question = self._question(request)
        if question is None or time.monotonic() - self._pressed_at.get(question.ts, 0.0) < PRESS_AGAIN_SECONDS:
            return
        self._pressed_at[question.ts] = time.monotonic()
        choice = request.answers.setdefault(question.ts, self._choice())
        await self._slack.person(request.person).press(question, choice)

    def _choice(self) -> str:
        return ids.SUBMIT_AGAIN if self._dice.random() < SUBMIT_AGAIN_SHARE else ids.LEAVE_IT
