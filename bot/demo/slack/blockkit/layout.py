"""Layout blocks. Limits: https://docs.slack.dev/reference/block-kit/blocks"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bot.demo.slack.blockkit.checks import (
    At,
    Check,
    Fields,
    array,
    boolean,
    by_type,
    exactly_one_of,
    one_of,
    only_on,
    record,
    string,
    unique,
    web_address,
)
from bot.demo.slack.blockkit.composition import IDENTIFIER, plain_text, text
from bot.demo.slack.blockkit.elements import IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION
from bot.demo.slack.blockkit.rich_text import RICH_TEXT

NAMED: Fields = {"block_id": IDENTIFIER}


def _no_response_url(block: Any, at: At) -> None:
    placed = [block.get("accessory", {}), *block.get("elements", [])]
    if any(element.get("response_url_enabled") for element in placed):
        at.refuse("response_url_enabled is only for input blocks in modals")


def _says_something(block: Any, at: At) -> None:
    if "text" not in block and not block.get("fields"):
        at.refuse("text or fields required")


def _action_ids_differ(block: Any, at: At) -> None:
    ids = [element["action_id"] for element in block["elements"] if "action_id" in element]
    unique(ids, at / "elements", "action_id")


def _input_fits(block: Any, at: At) -> None:
    element = block["element"]
    if element["type"] == "file_input" and block.get("dispatch_action"):
        at.refuse("dispatch_action cannot be used with file_input")
    if element.get("response_url_enabled") and at.report.surface != "modal":
        at.refuse("response_url_enabled is only for input blocks in modals")


def _video_is_allowed(block: Any, at: At) -> None:
    host = urlsplit(block["video_url"]).hostname or ""
    if "links.embed:write" not in at.report.scopes:
        at.refuse("missing scope links.embed:write")
    if urlsplit(block["video_url"]).scheme != "https":
        at.refuse("video_url must be https")
    if host == "slack.com" or host.endswith(".slack.com"):
        at.refuse("video_url must not be a Slack domain")
    elif not any(host == d or host.endswith(f".{d}") for d in at.report.unfurl_domains):
        at.refuse("domain of video_url is not in unfurl_domains")


def _task_ids_differ(block: Any, at: At) -> None:
    unique([task["task_id"] for task in block.get("tasks", [])], at / "tasks", "task_id")


SOURCE = by_type({"url": record({"url": web_address, "text": string()})})
TASK: Fields = {"task_id": string(), "title": string()}
TASK_MORE: Fields = {
    "status": one_of("pending", "in_progress", "complete", "error"),
    "details": by_type({"rich_text": RICH_TEXT}),
    "output": by_type({"rich_text": RICH_TEXT}),
    "sources": array(SOURCE),
    "icon": by_type({"emoji": record({"name": string()}), "image": IMAGE}),
    "hide_title": boolean,
    **NAMED,
}


def _typed_as_task(task: Any, at: At) -> None:
    if task.get("type", "task_card") != "task_card":
        at.refuse(f"unsupported type: {task['type']}")


LAYOUT: dict[str, Check] = {
    "section": record(
        {},
        {**NAMED, "text": text(3000), "fields": array(text(2000), 1, 10), "accessory": by_type(IN_SECTION),
         "expand": boolean},
        [_says_something, _no_response_url],
    ),
    "context": record({"elements": array(by_type({"image": IMAGE, "plain_text": text(3000),
                                                  "mrkdwn": text(3000)}), 1, 10)}, NAMED),
    "divider": record({}, NAMED),
    "header": record({"text": plain_text(150)}, NAMED),
    "image": record(
        {"alt_text": string(1, 2000)},
        {**NAMED, "image_url": web_address, "title": plain_text(2000),
         "slack_file": record({}, {"id": string(), "url": web_address})},
        [exactly_one_of("image_url", "slack_file")],
    ),
    "actions": record(
        {"elements": array(by_type(IN_ACTIONS), 1, 25)}, NAMED, [_action_ids_differ, _no_response_url]
    ),
    "input": record(
        {"label": plain_text(2000), "element": by_type(IN_INPUT)},
        {**NAMED, "hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
        [_input_fits],
    ),
    "rich_text": RICH_TEXT,
    "markdown": record({"text": string(1, 12_000)}, NAMED, [only_on("message")]),
    "video": record(
        {"alt_text": string(1, 2000), "title": plain_text(199), "video_url": web_address,
         "thumbnail_url": web_address},
        {**NAMED, "title_url": web_address, "description": plain_text(199), "author_name": string(1, 49),
         "provider_name": string(1, 49), "provider_icon_url": web_address},
        [_video_is_allowed],
    ),
    "task_card": record(TASK, TASK_MORE, [only_on("message")]),
    "plan": record(
        {"title": string()},
        {**NAMED, "tasks": array(record(TASK, TASK_MORE, [_typed_as_task]), 0, 50)},
        [only_on("message"), _task_ids_differ],
    ),
    "alert": record(
        {"text": text(200)},
        {**NAMED, "level": one_of("default", "info", "warning", "error", "success")},
        [only_on("modal")],
    ),
    "file": record({"external_id": IDENTIFIER, "source": one_of("remote")}, NAMED, [only_on("message")]),
}  # fmt: skip

BLOCK = by_type(LAYOUT)
