"""Who speaks in a video."""

from typing import Self


class Speaker(str):
    """A speaker's name, as it stands on the name plate; `model` tells speakers apart in every language."""

    __slots__ = ("model",)

    model: str

    def __new__(cls, name: str, model: str) -> Self:
        """The name in the language of the script, and the id of the avatar."""
        speaker = super().__new__(cls, name)
        speaker.model = model
        return speaker
