"""The thread in a terminal, drawn from what the local Slack has."""

import re
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.demo.aistudios import LocalAIStudios
from bot.demo.slack import LocalSlack, Message, World

CALLS_SHOWN = 9
_ENTITY = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


def scene(slack: LocalSlack, studio: LocalAIStudios, channel_id: str) -> RenderableType:
    """The channel with its thread, beside what went over the wire."""
    columns = Table.grid(expand=True, padding=(0, 1))
    columns.add_column(ratio=3)
    columns.add_column(ratio=2)
    columns.add_row(conversation(slack, channel_id), traffic(slack, studio))
    return columns


def conversation(slack: LocalSlack, channel_id: str) -> RenderableType:
    """A channel's newest message and its thread."""
    channel = slack.world.channels[channel_id]
    roots = slack.messages(channel_id)
    drawn: list[RenderableType] = [Text("…", style="dim")] if not roots else []
    for root in roots[-1:]:
        drawn.append(_message(slack.world, root))
        drawn += [
            Padding(_message(slack.world, reply), (1, 0, 0, 4)) for reply in slack.thread(channel_id, root.ts)[1:]
        ]
    return Panel(Group(*drawn), title=f"#{channel.name}", title_align="left", border_style="blue")


def traffic(slack: LocalSlack, studio: LocalAIStudios) -> RenderableType:
    """The last calls between the bot and the two services."""
    seen = [(call.at, "→ Slack", call.method, call.status) for call in slack.calls]
    seen += [(call.at, "→ AI Studios", f"{call.method} {_short(call.path)}", call.status or 0) for call in studio.calls]
    seen += [(call.at, "← AI Studios", f"webhook {call.progress} %", call.status or 0) for call in studio.webhooks_sent]
    rows = Table.grid(padding=(0, 1))
    for _, way, what, status in sorted(seen)[-CALLS_SHOWN:]:
        rows.add_row(Text(way, style="cyan"), what, Text(str(status), style="green" if status == 200 else "red"))
    return Panel(rows, title="behind the scenes", title_align="left", border_style="grey50")


def said(world: World, message: Message) -> str:
    """A message as one line of plain text."""
    return f"{_author(world, message)}: {_plain(world, message.text)}"


def _message(world: World, message: Message) -> RenderableType:
    lines: list[RenderableType] = [Text(_author(world, message), style="bold")]
    lines += _block_lines(world, message.blocks) if message.blocks else [Text(_plain(world, message.text))]
    lines += [
        Text(f"▶ {file.title}  ({file.size / 1e6:.1f} MB, {file.mimetype})", style="magenta") for file in message.files
    ]
    return Group(*lines)


def _block_lines(world: World, blocks: Sequence[dict[str, object]]) -> list[RenderableType]:
    return [line for block in blocks for line in _drawn(world, block)]


def _drawn(world: World, block: dict[str, object]) -> Iterable[RenderableType]:
    match block:
        case {"type": "section", "text": {"text": str(text)}}:
            yield Text(_plain(world, text))
        case {"type": "context", "elements": list(elements)}:
            yield Text(" ".join(element["text"] for element in elements), style="dim")
        case {"type": "rich_text", "elements": list(parts)}:
            for part in parts:
                words = "".join(element.get("text", "") for element in part["elements"])
                yield Padding(Text(words, style="italic"), (0, 0, 0, 2))


def _plain(world: World, text: str) -> str:
    """mrkdwn as it reads: names for ids, labels for links."""

    def shown(entity: re.Match[str]) -> str:
        target, label = entity[1], entity[2]
        if target.startswith("@"):
            return f"@{world.users[target[1:]].real_name}"
        return label or target

    replaced = _ENTITY.sub(shown, text)
    return replaced.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _author(world: World, message: Message) -> str:
    return world.users[message.user].real_name


def _short(path: str) -> str:
    return path.removeprefix("/api/odin/v3")
