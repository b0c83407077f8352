"""The services that the listeners call."""

from dataclasses import dataclass

from bot.accounts.accounts import Accounts
from bot.exports.service import ExportService
from bot.slack.api.people import People
from bot.slack.api.permalinks import Permalinks
from bot.slack.api.places import Places
from bot.slack.api.uploads import UploadedScripts
from bot.slack.home.tabs import HomeTabs


@dataclass(frozen=True)
class Deps:
    exports: ExportService
    accounts: Accounts
    scripts: UploadedScripts
    people: People
    places: Places
    home_tabs: HomeTabs
    permalinks: Permalinks
