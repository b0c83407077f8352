"""What a person does in a Slack client, held to what the client and the server allow."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.demo.slack.blockkit import elements_in, options_problems
from bot.demo.slack.client.files import PersonFile, check_files, take_file
from bot.demo.slack.client.form_state import STATE_FIELD, client_errors, enter, input_element, state_values
from bot.demo.slack.client.submission import Submission, carry_out
from bot.demo.slack.delivery import payloads
from bot.demo.slack.delivery.events import Events
from bot.demo.slack.delivery.http import Delivery, Reply
from bot.demo.slack.delivery.response_urls import ResponseUrls
from bot.demo.slack.state.errors import AppReplyRefused, ClientRefused, SlackError
from bot.demo.slack.state.parameters import misfits
from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import Channel, Execution, Json, Message, User, View

MIN_QUERY_LENGTH = 3


@dataclass(frozen=True)
class ClientContext:
    """What a person's client works with: the workspace, the delivery to the app, its events and response_urls."""

    slack: Workspace
    delivery: Delivery
    events: Events
    response_urls: ResponseUrls
    over_http: bool


class Person:
    """One person at a Slack client."""

    def __init__(self, context: ClientContext, user: User) -> None:
        self.user = user
        self._context = context
        self._slack = context.slack
        self._world = context.slack.world

    async def slash_command(self, command: str, text: str = "", channel: str = "C0GENERAL") -> Reply:
        """Type a slash command into a conversation. A message in the reply is shown there."""
        declared = self._slack.manifest.slash_command(command)
        if declared is None or not self._slack.is_installed:
            raise ClientRefused(f"{command} is not a valid command")
        place = self._typing_in(channel)
        if declared.get("should_escape"):
            text = self._escaped(text)
        trigger_id = self._slack.triggers.issue(self.user.id, channel)
        response_url = self._context.response_urls.issue(self.user.id, channel)
        payload = payloads.slash_command(self._world, self.user, place, command, text, trigger_id, response_url)
        reply = replace(await self._context.delivery.deliver("slash_commands", payload), trigger_id=trigger_id)
        return self._shown(reply, channel)

    def _typing_in(self, channel_id: str) -> Channel:
        channel = self._world.channels[channel_id]
        if self.user.id not in channel.members or channel.is_archived or channel.is_deleted:
            raise ClientRefused(f"{self.user.name} cannot write in {channel_id}", code="cannot_write")
        return channel

    def _escaped(self, text: str) -> str:
        """Names as should_escape writes them: `<@U…|name>`, `<#C…|name>`."""
        users = {user.name: f"<@{user.id}|{user.name}>" for user in self._world.users.values()}
        channels = {c.name: f"<#{c.id}|{c.name}>" for c in self._world.channels.values() if c.name}
        text = re.sub(r"(?<!\w)@([\w.-]+)", lambda m: users.get(m[1], m[0]), text)
        return re.sub(r"(?<!\w)#([\w-]+)", lambda m: channels.get(m[1], m[0]), text)

    def _shown(self, reply: Reply, channel: str) -> Reply:
        if reply.error is not None or not reply.body:
            return reply
        try:
            self._context.response_urls.inline(self.user.id, channel, reply.json or {"text": reply.body})
        except SlackError as refusal:
            return replace(reply, error=refusal.code)
        finally:
            self._slack.changes.announce()
        return reply

    async def view(self, timeout: float = 5, of: Reply | None = None) -> View:  # noqa: ASYNC109 - a person's patience
        """The modal on top, once one is open (seconds); `of`: the one opened by what got this reply."""

        def top() -> View | None:
            mine = [stack for stack in self._world.stacks.values() if stack.user == self.user.id]
            if of is not None:
                mine = [stack for stack in mine if stack.trigger_id == of.trigger_id]
            return mine[-1].views[-1] if mine else None

        found = await self._slack.changes.until(top, timeout=timeout, what=f"a modal of {self.user.name}")
        assert found is not None  # noqa: S101 - until returns only what is there
        return found

    async def suggestions(self, view: View, block_id: str, query: str) -> list[Json]:
        """Type into an external select of a view; the options it then shows, groups flattened.

        Raises what `offered` raises.
        """
        return _flattened(await self.offered(view, block_id, query))

    async def offered(self, view: View, block_id: str, query: str) -> Json:
        """Type into an external select of a view; the `options` or `option_groups` it then shows.

        Raises ClientRefused for a query shorter than min_query_length, AppReplyRefused where Slack would
        show an empty list because of the reply.
        """
        element = input_element(view, block_id)
        if not element["type"].endswith("external_select"):
            raise ClientRefused(f"{block_id} asks nobody for its options")
        if len(query) < element.get("min_query_length", MIN_QUERY_LENGTH):
            raise ClientRefused(f"{query!r} is too short, nothing is asked")
        manifest = self._slack.manifest
        if self._context.over_http and not manifest.socket_mode and not manifest.options_url:
            raise AppReplyRefused("the manifest has no message_menu_options_url")
        payload = payloads.block_suggestion(self._world, self.user, block_id, element["action_id"], query, view)
        offer = _offer_in(await self._interact(payload))
        known = view.offered.setdefault(block_id, [])
        known.extend(option for option in _flattened(offer) if option not in known)
        return offer

    async def submit(
        self,
        view: View,
        values: Mapping[str, Any] | None = None,
        *,
        client_checks: bool = True,
        again: bool = False,
    ) -> Submission:
        """Fill in fields by block_id and press Submit; what is not given stays as it is.

        `client_checks=False` is a forged client, `again=True` one that sends a closed view once more.
        Raises ClientRefused.
        """
        if self._world.stack_of(view) is None and not again:
            raise ClientRefused("this modal is closed")
        if client_checks and "submit" not in view.body:
            raise ClientRefused("this modal has nothing to submit")
        self._fill_in(view, values or {}, checked=client_checks)
        if client_checks and (problems := client_errors(self._world, view)):
            raise ClientRefused(f"these fields need another look: {problems}")
        trigger_id = self._slack.triggers.issue(self.user.id, view.channel, view)
        payload = payloads.view_submission(
            self._world, self.user, view, state_values(view), trigger_id, self._response_urls(view)
        )
        reply = replace(await self._interact(payload), trigger_id=trigger_id)
        if self._world.stack_of(view) is None:
            return Submission(reply, closed=True)
        outcome = carry_out(self._slack, view, reply)
        self._slack.changes.announce()
        return outcome

    def type_in(self, view: View, values: Mapping[str, Any]) -> None:
        """Fill in fields by block_id and send nothing yet. Raises ClientRefused."""
        self._require_in_front(view)
        self._fill_in(view, values, checked=True)
        self._slack.changes.announce()

    def _fill_in(self, view: View, values: Mapping[str, Any], *, checked: bool) -> None:
        for block_id, value in values.items():
            element = input_element(view, block_id)
            entered = self._uploaded(element, value or (), checked) if element["type"] == "file_input" else value
            enter(view, block_id, entered, checked=checked)

    def _uploaded(self, element: Json, files: Sequence[PersonFile], checked: bool) -> list[Json]:
        if checked:
            check_files(element, files)
        return [take_file(self._slack, self.user, file) for file in files]

    def _require_in_front(self, view: View) -> None:
        stack = self._world.stack_of(view)
        is_on_top = stack is not None and stack.views[-1] is view
        if view.user != self.user.id or not (is_on_top or self._world.is_home(view)):
            raise ClientRefused("this view is not in front of them", code="view_gone")

    def current(self, view_id: str) -> View:
        """A modal or Home tab as it is now, changed by the app or not; ClientRefused if it is not there any more."""
        view = self._world.views.get(view_id)
        if view is None or not (self._world.is_home(view) or self._world.stack_of(view)):
            raise ClientRefused("this view is closed", code="view_gone")
        return view

    async def choose(self, view: View, block_id: str, value: Any) -> Reply:
        """Choose in a field that tells the app at once (dispatch_action). Raises ClientRefused."""
        element = input_element(view, block_id)
        return await self.press(view, element["action_id"], value, block_id=block_id)

    def _response_urls(self, view: View) -> list[Json]:
        urls, values = [], state_values(view)
        for block, element in elements_in(view.body["blocks"]):
            block_id, action_id = block["block_id"], element.get("action_id")
            if element.get("response_url_enabled"):
                channel = values[block_id][action_id][STATE_FIELD[element["type"]][0]]
                url = self._context.response_urls.issue(self.user.id, channel)
                place = {"block_id": block_id, "action_id": action_id, "channel_id": channel}
                urls.append(place | {"response_url": url})
        return urls

    async def close(self, view: View) -> Reply | None:
        """Dismiss a modal; the reply to view_closed if the app asked to be told."""
        if self._world.stack_of(view) is None:
            raise ClientRefused("this modal is closed")
        is_cleared = bool(view.body.get("clear_on_close"))
        self._world.close(self._world.views[view.root_id] if is_cleared else view)
        self._slack.changes.announce()
        if not view.body.get("notify_on_close"):
            return None
        values = state_values(view, with_inputs=False)
        return await self._interact(payloads.view_closed(self._world, self.user, view, values, is_cleared=is_cleared))

    async def press(
        self, source: Message | View, action_id: str, value: Any = None, *, block_id: str | None = None
    ) -> Reply:
        """Use a button, menu or other element; `value` is what is chosen or typed.

        Where an action_id stands in several blocks, `block_id` says in which; the first one is used without it.
        """
        block, element = _element(source, action_id, block_id)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise ClientRefused(f"{action_id} sends nothing by itself")
        if isinstance(source, View):
            return await self._press_in_view(source, block, element, value)
        return await self._press_in_message(source, block, element, value)

    async def _press_in_view(self, view: View, block: Json, element: Json, value: Any) -> Reply:
        self._require_in_front(view)
        if element["type"] in STATE_FIELD:
            enter(view, block["block_id"], value, checked=True)
        values = state_values(view)
        trigger_id = self._slack.triggers.issue(self.user.id, view.channel, view)
        chosen = values.get(block["block_id"], {}).get(element["action_id"], {})
        action = _action(block, element, value, chosen)
        payload = payloads.block_actions_in_view(self._world, self.user, view, action, trigger_id, values)
        return replace(await self._interact(payload), trigger_id=trigger_id)

    async def _press_in_message(self, message: Message, block: Json, element: Json, value: Any) -> Reply:
        self._require_sight_of(message)
        stand_in = View("", self.user.id, {"blocks": message.blocks}, "", "")
        if element["type"] in STATE_FIELD:
            enter(stand_in, block["block_id"], value, checked=True)
        values = state_values(stand_in)
        chosen = values.get(block["block_id"], {}).get(element["action_id"], {})
        trigger_id = self._slack.triggers.issue(self.user.id, message.channel)
        response_url = self._context.response_urls.issue(self.user.id, message.channel, message)
        payload = payloads.block_actions_in_message(
            self._world,
            self.user,
            message,
            _action(block, element, value, chosen),
            trigger_id,
            response_url,
            values,
        )
        return replace(await self._interact(payload), trigger_id=trigger_id)

    def _require_sight_of(self, message: Message) -> None:
        channel = self._world.channels[message.channel]
        in_channel = self.user.id in channel.members and not channel.is_deleted
        if not in_channel or message.ephemeral_to not in (None, self.user.id) or message.deleted:
            raise ClientRefused(f"{self.user.name} does not see this message")

    async def shortcut(self, callback_id: str) -> Reply:
        """Run a global shortcut."""
        self._require_shortcut(callback_id, "global")
        trigger_id = self._slack.triggers.issue(self.user.id)
        payload = payloads.shortcut(self._world, self.user, callback_id, trigger_id)
        return replace(await self._interact(payload), trigger_id=trigger_id)

    async def message_shortcut(self, callback_id: str, message: Message) -> Reply:
        """Run a message shortcut from the menu of a message."""
        self._require_shortcut(callback_id, "message")
        self._require_sight_of(message)
        trigger_id = self._slack.triggers.issue(self.user.id, message.channel)
        response_url = self._context.response_urls.issue(self.user.id, message.channel)
        payload = payloads.message_action(self._world, self.user, callback_id, message, trigger_id, response_url)
        return replace(await self._interact(payload), trigger_id=trigger_id)

    def _require_shortcut(self, callback_id: str, kind: str) -> None:
        if self._slack.manifest.shortcut(callback_id, kind) is None:
            raise ClientRefused(f"the app has no {kind} shortcut {callback_id}")

    async def open_home(self, tab: Literal["home", "messages"] = "home") -> Reply:
        """Open a tab of the app; the app is told of the Messages tab too if it subscribed to app_home_opened."""
        if not self._slack.manifest.app_home(f"{tab}_tab_enabled") or not self._slack.is_installed:
            raise ClientRefused(f"the app has no {tab} tab")
        home = self._world.home_tabs.get(self.user.id) if tab == "home" else None
        values = state_values(home) if home else {}
        channel = self._world.direct_message(self.user.id)
        event = payloads.app_home_opened(self._world, self.user, channel, tab, home, values)
        return await self._context.events.send(event)

    def home(self) -> View | None:
        """The Home tab as last published for this person."""
        return self._world.home_tabs.get(self.user.id)

    def invite(self, channel: str, user_id: str) -> Message:
        """Bring somebody, the app for one, into a channel, as `/invite` does; the message that tells of it.

        The message: https://docs.slack.dev/reference/events/message/channel_join. Raises ClientRefused.
        """
        place = self._typing_in(channel)
        if place.kind not in {"public", "private"}:
            raise ClientRefused("people are invited into channels only", code="no_invitations_here")
        if user_id in place.members:
            raise ClientRefused(f"{user_id} is in {channel} already", code="in_channel_already")
        place.members.add(user_id)
        words = f"<@{user_id}> has joined the channel"
        joined = self._world.add(Message(self._world.new_ts(), channel, user_id, words, subtype="channel_join"))
        self._slack.changes.announce()
        return joined

    def say(self, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Write a message of their own."""
        self._typing_in(channel)
        message = Message(self._world.new_ts(), channel, self.user.id, text, thread_ts=thread_ts)
        self._slack.post(message)
        self._slack.changes.announce()
        return message

    def delete(self, message: Message) -> None:
        """Delete a message: one's own, or as an admin anybody's. Raises ClientRefused."""
        self._require_sight_of(message)
        is_admin = self.user.is_admin or self.user.is_owner or self.user.is_primary_owner
        if message.user != self.user.id and not is_admin:
            raise ClientRefused(f"{self.user.name} may not delete this message")
        self._world.channels[message.channel].delete(message)
        self._slack.changes.announce()

    def ephemerals(self) -> list[Message]:
        """The messages that only this person sees, in the order of posting."""
        shown = [m for c in self._world.channels.values() for m in c.ephemerals]
        return sorted((m for m in shown if m.ephemeral_to == self.user.id), key=lambda m: m.ts)

    async def run_step(self, callback_id: str, inputs: Json) -> tuple[Execution, Reply]:
        """Run a workflow that consists of one step of the app."""
        declared = self._slack.manifest.step(callback_id)
        if declared is None or not self._slack.is_installed:
            raise ClientRefused(f"the app has no step {callback_id}")
        if problems := misfits(declared.get("input_parameters", {}), inputs):
            raise ClientRefused(f"the step cannot run: {problems}")
        token = f"xwfp-{secrets.token_hex(12)}"
        run = Execution(self._world.new_id("Fx"), callback_id, token, time.monotonic())
        self._world.executions[run.id] = run
        event = payloads.function_executed(self._world, callback_id, declared, inputs, run)
        return run, await self._context.events.send(event)

    async def _interact(self, payload: Json) -> Reply:
        if not self._slack.manifest.interactive or not self._slack.is_installed:
            raise ClientRefused("the app has no interactivity here")
        return await self._context.delivery.deliver("interactive", payload)


def _offer_in(reply: Reply) -> Json:
    problems = [reply.error] if reply.error else options_problems(reply.json)
    if problems or reply.json is None:
        raise AppReplyRefused(f"no options: {problems}")
    return {key: reply.json[key] for key in ("options", "option_groups") if key in reply.json}


def _flattened(offer: Json) -> list[Json]:
    if "options" in offer:
        return list(offer["options"])
    return [option for group in offer["option_groups"] for option in group["options"]]


def _element(source: Message | View, action_id: str, block_id: str | None) -> tuple[Json, Json]:
    blocks = source.body["blocks"] if isinstance(source, View) else source.blocks
    for block, element in elements_in(blocks):
        if element.get("action_id") == action_id and block_id in (None, block["block_id"]):
            return block, element
    raise ClientRefused(f"there is nothing with action_id {action_id!r} to press", code="button_gone")


def _action(block: Json, element: Json, value: Any, chosen: Json) -> Json:
    """One entry of `actions`: what the element is, and what was chosen with it."""
    action: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    if element["type"] == "button":
        action |= {key: element[key] for key in ("text", "value", "style") if key in element}
    elif element["type"] == "overflow":
        action["selected_option"] = _overflow_choice(element, value)
    return action | chosen | {"action_ts": payloads.now_ts()}


def _overflow_choice(element: Json, value: Any) -> Json:
    wanted = value["value"] if isinstance(value, dict) else value
    for option in element["options"]:
        if option["value"] == wanted:
            return dict(option)
    raise ClientRefused(f"{wanted!r} was not offered")
