"""What a person does with blocks: press, type, search, choose, submit, close, reload; one class each."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bot.demo.page.actions import Action, Client, Json, accepted
from bot.demo.page.snapshot import open_views
from bot.demo.slack import ClientRefused, PersonFile, View
from bot.demo.slack.client.form_state import client_errors, input_element

# What stands in fields by block_id, as far as it changed.
Values = dict[str, Any]


class GivenFile(BaseModel):
    """A file that the person picked, its content in base64."""

    name: str = Field(min_length=1, max_length=255)
    base64: str


_GIVEN_FILES = TypeAdapter(list[GivenFile])


def _files(given: Any) -> list[PersonFile]:
    try:
        files = _GIVEN_FILES.validate_python(given or [])
        return [PersonFile(file.name, base64.b64decode(file.base64, validate=True)) for file in files]
    except (ValidationError, binascii.Error):
        raise ClientRefused("The file did not arrive whole.") from None


def filled_in(client: Client, view_id: str, values: Values) -> View:
    """A view of the person, with these values in its fields. Raises ClientRefused."""
    view = client.person.current(view_id)
    if view.user != client.person.user.id:
        raise ClientRefused("This is somebody else's view.")
    if values:
        client.person.type_in(view, {block_id: _entered(view, block_id, value) for block_id, value in values.items()})
    return view


def _entered(view: View, block_id: str, value: Any) -> Any:
    if input_element(view, block_id)["type"] != "file_input":
        return value
    return _files(value)


class InMessage(BaseModel):
    """The place of an element in a message."""

    channel: str
    ts: str


class InView(BaseModel):
    """The place of an element in a modal or the Home tab."""

    view: str


class Press(Action):
    """Use a button, a menu or another element outside of inputs; `value` is what was chosen in it."""

    do: Literal["press"]
    where: InMessage | InView
    block_id: str
    action_id: str
    value: Any = None
    values: Values = Field(default_factory=dict)

    async def carry_out(self, client: Client) -> Json:
        """Send it to the app."""
        if isinstance(self.where, InView):
            view = filled_in(client, self.where.view, self.values)
            return accepted(await client.person.press(view, self.action_id, self.value, block_id=self.block_id))
        message = client.message(self.where.channel, self.where.ts)
        return accepted(await client.person.press(message, self.action_id, self.value, block_id=self.block_id))


class ViewAction(Action):
    """Something done in a modal or the Home tab."""

    view: str
    values: Values = Field(default_factory=dict)

    def filled_in(self, client: Client) -> View:
        """The view with what the person entered. Raises ClientRefused."""
        return filled_in(client, self.view, self.values)


class Type(ViewAction):
    """Type into fields; the app is not told."""

    do: Literal["type"]

    async def carry_out(self, client: Client) -> Json:
        """Remember it; what was wrong with a changed field is not said any longer."""
        self.filled_in(client)
        errors = client.memory.errors.get(self.view, {})
        client.memory.errors[self.view] = {block: error for block, error in errors.items() if block not in self.values}
        return {}


class Suggest(ViewAction):
    """Type into a select whose options the app knows."""

    do: Literal["suggest"]
    block_id: str
    query: str

    async def carry_out(self, client: Client) -> Json:
        """Ask the app."""
        return await client.person.offered(self.filled_in(client), self.block_id, self.query)


class Choose(ViewAction):
    """Choose in an input that tells the app at once."""

    do: Literal["choose"]
    block_id: str
    value: Any = None

    async def carry_out(self, client: Client) -> Json:
        """Send it to the app."""
        return accepted(await client.person.choose(self.filled_in(client), self.block_id, self.value))


class Submit(ViewAction):
    """Press the modal's button."""

    do: Literal["submit"]

    async def carry_out(self, client: Client) -> Json:
        """Send it to the app, unless the client itself sees what is missing."""
        view = self.filled_in(client)
        errors = client_errors(client.slack.world, view)
        closed = False
        if not errors:
            outcome = await client.person.submit(view)
            if outcome.error is not None:
                raise ClientRefused(outcome.error)
            errors, closed = outcome.errors, outcome.closed
        client.memory.errors[view.id] = errors
        client.announce()
        return {"errors": errors, "closed": closed}


class Close(ViewAction):
    """Dismiss the modal."""

    do: Literal["close"]

    async def carry_out(self, client: Client) -> Json:
        """Take it away, and tell the app if it wants to know."""
        await client.person.close(self.filled_in(client))
        return {}


class Reload(Action):
    """Load the page anew."""

    do: Literal["reload"]

    async def carry_out(self, client: Client) -> Json:
        """Take every modal away: a client that has just been loaded has none. The app is not told."""
        for view in open_views(client.slack.world, client.person.user.id):
            client.slack.world.close(view)
        client.announce()
        return {}


BlockKitAction = Press | Type | Suggest | Choose | Submit | Close | Reload
