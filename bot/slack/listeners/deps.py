"""What the listeners call."""

from dataclasses import dataclass

from bot.exports.avatars import AvatarList
from bot.exports.service import ExportService
from bot.slack.people import People


@dataclass(frozen=True)
class Deps:
    exports: ExportService
    avatars: AvatarList
    people: People
