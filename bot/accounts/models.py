"""The choices that an AI Studios account offers, and its credentials."""

from dataclasses import dataclass

from bot.aistudios.auth import Credentials

__all__ = ["AvatarModel", "Credentials", "VendorWorkspace"]


@dataclass(frozen=True)
class AvatarModel:
    """An avatar of an account. Both names are always there; `thumbnail` is the address of its picture."""

    id: str
    label_en: str
    label_ko: str
    thumbnail: str | None = None


@dataclass(frozen=True)
class VendorWorkspace:
    """A workspace at AI Studios that a video can be put into; `name` is None if it has none."""

    id: str
    name: str | None
