"""What the listeners call."""

from dataclasses import dataclass

from bot.exports.accounts import Accounts
from bot.exports.service import ExportService
from bot.slack.home import Homes
from bot.slack.people import People
from bot.slack.permalinks import Permalinks
from bot.slack.places import Places
from bot.slack.uploads import UploadedScripts


@dataclass(frozen=True)
class Deps:
    exports: ExportService
    accounts: Accounts
    scripts: UploadedScripts
    people: People
    places: Places
    homes: Homes
    permalinks: Permalinks
