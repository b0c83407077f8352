"""What the listeners call."""

from dataclasses import dataclass

from bot.aistudios.models import Workspace
from bot.exports.avatars import AvatarList
from bot.exports.cached import CachedList
from bot.exports.service import ExportService
from bot.slack.home import Homes
from bot.slack.people import People
from bot.slack.uploads import UploadedScripts
from bot.slack.permalinks import Permalinks


@dataclass(frozen=True)
class Deps:
    exports: ExportService
    avatars: AvatarList
    workspaces: CachedList[Workspace]
    scripts: UploadedScripts
    people: People
    homes: Homes
    permalinks: Permalinks
