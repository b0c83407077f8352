"""What a field of the form is, and the few pieces that fields are made of."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from bot.exports.models import RequestOptions
from bot.slack.blocks import Block, plain
from bot.slack.form.state import DEFAULTS, FormContext, FormState, with_changes


class Field(ABC):
    """One field: its blocks, how its answer is read back, and what can be wrong with it.

    `option` is the name in RequestOptions of what is chosen here, None for a field that chooses none of them.
    `of_account`: the choice belongs to the AI Studios account.
    """

    block_id: ClassVar[str]
    option: ClassVar[str | None] = None
    of_account: ClassVar[bool] = False

    @abstractmethod
    def blocks(self, state: FormState, context: FormContext) -> list[Block]:
        """The field, with what stands below it; nothing where there is nothing to choose."""

    @abstractmethod
    def value(self, view: Mapping[str, Any]) -> object:
        """The answer in a view that shows this field, as RequestOptions has it."""

    def read(self, view: Mapping[str, Any], options: RequestOptions) -> RequestOptions:
        """The options with this field's answer; as they were where the field is not shown."""
        if self.option is None or not is_shown(view, self.block_id):
            return options
        return with_changes(options, **{self.option: self.value(view)})

    def problem(self, locale: str, state: FormState) -> str | None:  # noqa: B027 — many fields have no wrong answer
        """What is wrong with the answer, in words for beside the field."""

    def is_default(self, options: RequestOptions) -> bool:
        """Whether what is chosen here is what most people choose."""
        return self.option is None or getattr(options, self.option) == getattr(DEFAULTS, self.option)


def input_block(block_id: str, label: str, element: Block, *, hint: str = "", is_optional: bool = False) -> Block:
    """A labelled input (docs.slack.dev/reference/block-kit/blocks/input-block)."""
    block = {"type": "input", "block_id": block_id, "label": plain(label), "element": element, "optional": is_optional}
    return {**block, "hint": plain(hint)} if hint else block


def is_shown(view: Mapping[str, Any], block_id: str) -> bool:
    """Whether the person could answer this question."""
    return block_id in _values(view)


def answer(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    """The answer to a field, whatever its action id; empty when there is none."""
    answers: Mapping[str, Any] = _values(view).get(block_id) or {}
    return next(iter(answers.values()), None) or {}


def selected(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    """The option that is selected in a menu; empty when none is."""
    return answer(view, block_id).get("selected_option") or {}


def _values(view: Mapping[str, Any]) -> Mapping[str, Any]:
    return (view.get("state") or {}).get("values") or {}
