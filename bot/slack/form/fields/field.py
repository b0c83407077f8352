"""The base class of the form's fields, and helpers that build and read them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from bot.exports.models import RequestOptions
from bot.slack.blocks import Block, plain
from bot.slack.form.state import DEFAULTS, FormContext, FormState, with_changes


class Field(ABC):
    """One field: its blocks, how its answer is read from a view, and how it is validated.

    `option` is the field's name in RequestOptions, None for a field that sets no option. `of_account`: the options
    depend on the AI Studios account.
    """

    block_id: ClassVar[str]
    option: ClassVar[str | None] = None
    of_account: ClassVar[bool] = False

    @abstractmethod
    def blocks(self, state: FormState, context: FormContext) -> list[Block]:
        """The input and the blocks below it; empty when there is nothing to choose."""

    @abstractmethod
    def value(self, view: Mapping[str, Any]) -> object:
        """The answer in a view that shows this field, as a value for RequestOptions."""

    def read(self, view: Mapping[str, Any], options: RequestOptions) -> RequestOptions:
        """The options with this field's answer; unchanged when the view does not show the field."""
        if self.option is None or not is_shown(view, self.block_id):
            return options
        return with_changes(options, **{self.option: self.value(view)})

    def problem(self, locale: str, state: FormState) -> str | None:  # noqa: B027 — many fields have no wrong answer
        """The problem of the answer in words, shown beside the field; None when it is valid."""

    def is_default(self, options: RequestOptions) -> bool:
        """Whether the field has its default value."""
        return self.option is None or getattr(options, self.option) == getattr(DEFAULTS, self.option)


def input_block(block_id: str, label: str, element: Block, *, hint: str = "", is_optional: bool = False) -> Block:
    """A labelled input (docs.slack.dev/reference/block-kit/blocks/input-block)."""
    block = {"type": "input", "block_id": block_id, "label": plain(label), "element": element, "optional": is_optional}
    return {**block, "hint": plain(hint)} if hint else block


def is_shown(view: Mapping[str, Any], block_id: str) -> bool:
    """Whether the view shows this input."""
    return block_id in _values(view)


def answer(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    """The answer to an input, whatever its action id; empty when there is none."""
    answers: Mapping[str, Any] = _values(view).get(block_id) or {}
    return next(iter(answers.values()), None) or {}


def selected(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    """The selected option of a menu; empty when none is selected."""
    return answer(view, block_id).get("selected_option") or {}


def _values(view: Mapping[str, Any]) -> Mapping[str, Any]:
    return (view.get("state") or {}).get("values") or {}
