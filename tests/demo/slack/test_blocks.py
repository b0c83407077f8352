"""Which views and messages the local Slack refuses, and where it says the fault is."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.slack.blockkit import check_message, check_view, options_problems, settle
from bot.demo.slack.state.errors import SlackError
from bot.demo.slack.state.manifest import AppManifest
from tests.demo.slack.app import form, manifest, option, plain

Json = dict[str, Any]
GRANTS = AppManifest(manifest())


def modal(*blocks: Json, **fields: Any) -> Json:
    """A modal with these blocks."""
    return {"type": "modal", "title": plain("T"), "submit": plain("Go"), "blocks": [*blocks], **fields}


def field(element: Json, **more: Any) -> Json:
    """An input block around an element."""
    return {"type": "input", "label": plain("L"), "element": element, **more}


def section(text: str = "x", **more: Any) -> Json:
    """A section of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(**more: Any) -> Json:
    """A button."""
    return {"type": "button", "text": plain("Press"), **more}


def rich(*elements: Json) -> Json:
    """A rich_text block of one section."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [*elements]}]}


TEXT_INPUT = {"type": "plain_text_input"}
SELECT = {"type": "static_select", "options": [option("a")]}
CARD = {"type": "task_card", "task_id": "1", "title": "Render", "status": "in_progress"}
VIDEO = {
    "type": "video",
    "alt_text": "a",
    "title": plain("T"),
    "video_url": "https://example.com/embed",
    "thumbnail_url": "https://example.com/t.png",
}

ACCEPTED_VIEWS = {
    "form": form(),
    "alert": modal({"type": "alert", "text": plain("Careful"), "level": "warning"}),
    "hundred blocks": modal(*({"type": "divider"} for _ in range(100))),
    "file": modal(field({"type": "file_input", "filetypes": ["txt"], "max_files": 1})),
    "grouped": modal(
        field(
            {
                "type": "static_select",
                "option_groups": [{"label": plain("G"), "options": [option("a")]}],
                "initial_option": option("a"),
            }
        )
    ),
    "choices": modal(
        field({"type": "checkboxes", "options": [option("a")], "initial_options": [option("a")]}),
        field({"type": "radio_buttons", "options": [option("a"), option("b")]}),
        field({"type": "multi_users_select", "max_selected_items": 2}),
        field({"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "3"}),
        field({"type": "datepicker", "initial_date": "2026-01-31"}),
        field({"type": "url_text_input"}),
    ),
}


@pytest.mark.parametrize("name", ACCEPTED_VIEWS)
def test_a_correct_view_is_accepted(name: str) -> None:
    """Views within every limit raise nothing, and Slack's additions leave them correct."""
    view = ACCEPTED_VIEWS[name]
    check_view(view, "modal", GRANTS)
    check_view({**view, "blocks": settle(view["blocks"])}, "modal", GRANTS)


REFUSED_VIEWS = {
    "title 25": (modal(title=plain("t" * 25)), "/view/title/text"),
    "submit 25": (modal(submit=plain("t" * 25)), "/view/submit/text"),
    "close 25": (modal(close=plain("t" * 25)), "/view/close/text"),
    "title mrkdwn": (modal(title={"type": "mrkdwn", "text": "t"}), "/view/title"),
    "title empty": (modal(title=plain("")), "/view/title/text"),
    "101 blocks": (modal(*({"type": "divider"} for _ in range(101))), "/view/blocks"),
    "private_metadata": (modal(private_metadata="x" * 3001), "/view/private_metadata"),
    "callback_id": (modal(callback_id="x" * 256), "/view/callback_id"),
    "external_id": (modal(external_id="x" * 256), "/view/external_id"),
    "submit_disabled": (modal(submit_disabled=True), "/view"),
    "unknown key": (modal(colour="red"), "/view"),
    "home": ({"type": "home", "blocks": []}, "/view"),
    "no object": ("modal", "/view"),
    "markdown": (modal({"type": "markdown", "text": "x"}), "/view/blocks/0"),
    "task_card": (modal(CARD), "/view/blocks/0"),
    "plan": (modal({"type": "plan", "title": "P", "tasks": []}), "/view/blocks/0"),
    "unknown block": (modal({"type": "sparkline"}), "/view/blocks/0"),
    "unknown element": (modal(field({"type": "slider"})), "/view/blocks/0/element"),
    "unknown element key": (modal(field({**TEXT_INPUT, "rows": 3})), "/view/blocks/0/element"),
    "button as input": (modal(field(button())), "/view/blocks/0/element"),
    "duplicate block_id": (modal(section(block_id="a"), section(block_id="a")), "/view/blocks"),
    "block_id 256": (modal(section(block_id="a" * 256)), "/view/blocks/0/block_id"),
    "action_id 256": (modal(field({**TEXT_INPUT, "action_id": "a" * 256})), "/view/blocks/0/element/action_id"),
    "placeholder": (modal(field({**TEXT_INPUT, "placeholder": plain("p" * 151)})), "/element/placeholder/text"),
    "label": (modal(field(TEXT_INPUT) | {"label": plain("l" * 2001)}), "/view/blocks/0/label/text"),
    "hint": (modal(field(TEXT_INPUT, hint=plain("h" * 2001))), "/view/blocks/0/hint/text"),
    "max_length": (modal(field({**TEXT_INPUT, "max_length": 3001})), "/element/max_length"),
    "min_length": (modal(field({**TEXT_INPUT, "min_length": -1})), "/element/min_length"),
    "min over max": (modal(field({**TEXT_INPUT, "min_length": 5, "max_length": 4})), "/element"),
    "initial too long": (modal(field({**TEXT_INPUT, "max_length": 2, "initial_value": "abc"})), "/element"),
    "initial 3001": (modal(field({**TEXT_INPUT, "initial_value": "a" * 3001})), "/element/initial_value"),
    "two focused": (modal(*(field({**TEXT_INPUT, "focus_on_load": True}) for _ in range(2))), "/view"),
    "no options": (modal(field({"type": "static_select", "options": []})), "/element/options"),
    "neither options": (modal(field({"type": "static_select"})), "/element"),
    "101 options": (
        modal(field({"type": "static_select", "options": [option(str(n)) for n in range(101)]})),
        "/element/options",
    ),
    "initial unknown": (modal(field({**SELECT, "initial_option": option("b")})), "/element"),
    "initial reworded": (modal(field({**SELECT, "initial_option": option("a", "A")})), "/element"),
    "option text": (modal(field({"type": "static_select", "options": [option("a", "t" * 76)]})), "/options/0/text"),
    "option value": (modal(field({"type": "static_select", "options": [option("v" * 151)]})), "/options/0"),
    "option description": (
        modal(field({"type": "static_select", "options": [{**option("a"), "description": plain("d" * 76)}]})),
        "/options/0/description",
    ),
    "option mrkdwn": (
        modal(field({"type": "static_select", "options": [{"text": {"type": "mrkdwn", "text": "a"}, "value": "a"}]})),
        "/options/0/text",
    ),
    "group label": (
        modal(
            field({"type": "static_select", "option_groups": [{"label": plain("g" * 76), "options": [option("a")]}]})
        ),
        "/option_groups/0/label",
    ),
    "11 radios": (
        modal(field({"type": "radio_buttons", "options": [option(str(n)) for n in range(11)]})),
        "/element/options",
    ),
    "max_files 11": (modal(field({"type": "file_input", "max_files": 11})), "/element/max_files"),
    "file dispatch": (modal(field({"type": "file_input"}, dispatch_action=True)), "/view/blocks/0"),
    "alert 201": (modal({"type": "alert", "text": plain("a" * 201)}), "/view/blocks/0/text"),
    "filter": (
        modal(field({"type": "conversations_select", "filter": {"include": []}})),
        "/element/filter/include",
    ),
    "decimals": (
        modal(field({"type": "number_input", "is_decimal_allowed": False, "initial_value": "1.5"})),
        "/element",
    ),
    "response_url outside input": (
        modal(section(accessory={"type": "conversations_select", "response_url_enabled": True})),
        "/view/blocks/0",
    ),
}


@pytest.mark.parametrize("name", REFUSED_VIEWS)
def test_a_faulty_view_is_refused_with_the_place(name: str) -> None:
    """Each limit of views answers invalid_arguments and points at the fault."""
    view, pointer = REFUSED_VIEWS[name]
    with pytest.raises(SlackError) as refusal:
        check_view(view, "modal", GRANTS)
    assert refusal.value.code == "invalid_arguments"
    assert any(pointer in message.partition("[json-pointer:")[2] for message in refusal.value.messages)


def test_inputs_need_a_submit_button() -> None:
    """The error has the words and the pointer that Slack documents."""
    view = modal(field(TEXT_INPUT))
    del view["submit"]
    with pytest.raises(SlackError) as refusal:
        check_view(view, "modal", GRANTS)
    assert refusal.value.messages == [
        "[ERROR] must define submit to use input block [json-pointer:/view/blocks/0/input]"
    ]


def test_a_view_over_250_kilobytes_is_too_large() -> None:
    """Each block may be in order and the view still too large."""
    with pytest.raises(SlackError, match="view_too_large"):
        check_view(modal(*(section("가" * 3000) for _ in range(30))), "modal", GRANTS)


def test_a_home_tab_has_no_submit_and_no_file_input() -> None:
    """What only modals have is refused on the Home tab."""
    check_view({"type": "home", "blocks": [section()]}, "home", GRANTS)
    for extra in ({"submit": plain("Go")}, {"blocks": [field({"type": "file_input"})]}):
        with pytest.raises(SlackError, match="invalid_arguments"):
            check_view({"type": "home", "blocks": [], **extra}, "home", GRANTS)


ACCEPTED_MESSAGES: dict[str, list[Json]] = {
    "everything": [
        {"type": "header", "text": plain("h" * 150)},
        section("s" * 3000, accessory=button(value="v", style="primary")),
        {"type": "section", "fields": [plain("f")] * 10},
        {"type": "context", "elements": [plain("c"), {"type": "mrkdwn", "text": "m", "verbatim": True}]},
        {"type": "divider"},
        {"type": "image", "alt_text": "a", "image_url": "https://example.com/i.png"},
        {"type": "actions", "elements": [button(action_id="a"), {**SELECT, "action_id": "b"}]},
        rich({"type": "text", "text": "x", "style": {"bold": True}}, {"type": "user", "user_id": "U0ANA0001"}),
        {"type": "markdown", "text": "m" * 12_000},
        CARD,
        {"type": "plan", "title": "P", "tasks": [CARD, {"task_id": "2", "title": "Upload"}]},
    ],
    "rich": [
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_quote", "elements": [{"type": "link", "url": "https://example.com"}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]},
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [
                        {"type": "rich_text_section", "elements": [{"type": "emoji", "name": "tada"}]},
                    ],
                },
            ],
        }
    ],
}


@pytest.mark.parametrize("name", ACCEPTED_MESSAGES)
def test_a_correct_message_is_accepted(name: str) -> None:
    """Messages within every limit raise nothing, and Slack's additions leave them correct."""
    check_message(ACCEPTED_MESSAGES[name], GRANTS)
    check_message(settle(ACCEPTED_MESSAGES[name]), GRANTS)


REFUSED_MESSAGES: dict[str, tuple[list[Json], str]] = {
    "51 blocks": ([{"type": "divider"}] * 51, "/blocks"),
    "empty section": ([section("")], "/blocks/0/text/text"),
    "section 3001": ([section("s" * 3001)], "/blocks/0/text/text"),
    "section of nothing": ([{"type": "section"}], "/blocks/0"),
    "field 2001": ([{"type": "section", "fields": [plain("f" * 2001)]}], "/blocks/0/fields/0/text"),
    "11 fields": ([{"type": "section", "fields": [plain("f")] * 11}], "/blocks/0/fields"),
    "header 151": ([{"type": "header", "text": plain("h" * 151)}], "/blocks/0/text/text"),
    "header mrkdwn": ([{"type": "header", "text": {"type": "mrkdwn", "text": "h"}}], "/blocks/0/text"),
    "11 context": ([{"type": "context", "elements": [plain("c")] * 11}], "/blocks/0/elements"),
    "26 actions": ([{"type": "actions", "elements": [button()] * 26}], "/blocks/0/elements"),
    "action_id twice": ([{"type": "actions", "elements": [button(action_id="a")] * 2}], "/blocks/0/elements"),
    "button text": ([section(accessory=button(text=plain("b" * 76)))], "/accessory/text/text"),
    "button value": ([section(accessory=button(value="v" * 2001))], "/accessory/value"),
    "button url": ([section(accessory=button(url="https://e.com/" + "u" * 3000))], "/accessory/url"),
    "button label": ([section(accessory=button(accessibility_label="a" * 76))], "/accessibility_label"),
    "confirm": (
        [
            section(
                accessory=button(
                    confirm={
                        "title": plain("t" * 101),
                        "text": plain("x"),
                        "confirm": plain("y"),
                        "deny": plain("n"),
                    }
                )
            )
        ],
        "/confirm/title/text",
    ),
    "verbatim on plain": ([{"type": "section", "text": {**plain("x"), "verbatim": True}}], "/blocks/0/text"),
    "emoji on mrkdwn": (
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}],
        "/blocks/0/text",
    ),
    "image alt": (
        [{"type": "image", "alt_text": "a" * 2001, "image_url": "https://example.com/i.png"}],
        "/blocks/0/alt_text",
    ),
    "image without url": ([{"type": "image", "alt_text": "a"}], "/blocks/0"),
    "image address": ([{"type": "image", "alt_text": "a", "image_url": "i.png"}], "/blocks/0/image_url"),
    "markdown together": ([{"type": "markdown", "text": "m" * 7000}] * 2, ""),
    "two plans": ([{"type": "plan", "title": "P"}] * 2, ""),
    "task_id twice": ([{"type": "plan", "title": "P", "tasks": [CARD, CARD]}], "/blocks/0/tasks"),
    "task status": ([{**CARD, "status": "paused"}], "/blocks/0/status"),
    "file_input": ([field({"type": "file_input"})], "/blocks/0/element"),
    "alert": ([{"type": "alert", "text": plain("a")}], "/blocks/0"),
    "video scope": ([VIDEO], "/blocks/0"),
    "rich empty text": ([rich({"type": "text", "text": ""})], "/text"),
    "rich unknown": ([rich({"type": "video"})], "/elements/0/elements/0"),
    "rich user": ([rich({"type": "user", "user_id": "ana"})], "/user_id"),
    "rich no elements": ([{"type": "rich_text", "elements": []}], "/blocks/0/elements"),
    "preformatted user": (
        [
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_preformatted",
                        "elements": [{"type": "user", "user_id": "U0ANA0001"}],
                    }
                ],
            }
        ],
        "/elements/0/elements/0",
    ),
    "block_id twice": ([section(block_id="a"), section(block_id="a")], "/blocks"),
}


@pytest.mark.parametrize("name", REFUSED_MESSAGES)
def test_a_faulty_message_is_refused_with_the_place(name: str) -> None:
    """Each limit of messages answers invalid_blocks and points at the fault."""
    blocks, pointer = REFUSED_MESSAGES[name]
    with pytest.raises(SlackError) as refusal:
        check_message(blocks, GRANTS)
    assert refusal.value.code == "invalid_blocks"
    assert any(pointer in message.partition("[json-pointer:")[2] for message in refusal.value.messages)


def test_blocks_too_large_as_a_whole_are_refused() -> None:
    """Fifty correct sections can still be too much."""
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message([section("s" * 3000)] * 50, GRANTS)


def test_a_video_needs_scope_and_domain_and_no_slack_address() -> None:
    """With both granted the block passes, but never for a Slack domain."""
    granted = manifest(with_scopes=("links.embed:write",))
    granted["features"]["unfurl_domains"] = ["example.com", "slack.com"]
    check_message([VIDEO], AppManifest(granted))
    for address in ("https://files.slack.com/v", "https://example.org/v", "http://example.com/v"):
        with pytest.raises(SlackError, match="invalid_blocks"):
            check_message([{**VIDEO, "video_url": address}], AppManifest(granted))


def test_suggestions_are_at_most_a_hundred_options_or_groups() -> None:
    """The reply to a block_suggestion is held to the limits of options."""
    assert options_problems({"options": []}) == []
    assert options_problems({"option_groups": [{"label": plain("G"), "options": [option("a")]}]}) == []
    refused: tuple[Json | None, ...] = (
        None,
        {},
        {"options": [option(str(n)) for n in range(101)]},
        {"options": [], "option_groups": []},
        {"options": [option("a", "t" * 76)]},
        {"options": [], "more": 1},
    )
    for faulty in refused:
        assert options_problems(faulty)
