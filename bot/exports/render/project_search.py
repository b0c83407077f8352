"""Asks AI Studios for the project of an export whose submission was never answered."""

import time
from collections.abc import Sequence
from functools import partial

from cachetools import LRUCache

from bot.exports.history.history import History
from bot.exports.models import ExportRequest
from bot.exports.ports import Vendor, VendorProject, VendorUnavailable
from bot.exports.render.search import MOST_READ, Search, found_among, name_fits, worth_reading
from bot.single_flight import SingleFlight

# Longer than a search lasts by default, with room for clocks that differ (seconds).
LATELY = 6 * 3600.0
# The fields that a search compares do not change once they are set, so each project is read once. With fewer than an
# account lists, simultaneous searches would drive each other's projects out and read them for ever.
MOST_REMEMBERED = 20_000

# An account, None for the operator's, and a project of it.
Key = tuple[str | None, str]


class ProjectSearch:
    """Finds an export's project, unless it may belong to another export of the same account."""

    def __init__(self, vendor: Vendor, history: History) -> None:
        self._vendor = vendor
        self._history = history
        self._known: LRUCache[Key, VendorProject] = LRUCache(MOST_REMEMBERED)
        # After a failure of AI Studios many exports are searched at once, among thousands of projects: those that ask
        # meanwhile share a listing. None is used later.
        self._listings: SingleFlight[str | None, Sequence[VendorProject]] = SingleFlight(LRUCache(1))
        self._reads: SingleFlight[Key, VendorProject | None] = SingleFlight(LRUCache(1))

    async def find(self, export_id: str, request: ExportRequest, search: Search) -> str | None:
        """The id of this export's project; None if none certainly belongs to it."""
        try:
            listed = await self._listings.call(request.account_id, lambda: self._vendor.projects(request))
        except VendorUnavailable:
            return None
        ids = worth_reading(listed, search, request.options.script)
        projects = await self._read(request, ids)
        found = found_among(projects, search, request.options.script)
        if found is None or found.certain:
            return found.project_id if found else None
        # Another that cannot be read just now may be the right one.
        if len(projects) < len(ids):
            return None
        name = next(project.name for project in projects if project.id == found.project_id)
        contested = await self._may_be_anothers(export_id, request, found.project_id, name)
        return None if contested else found.project_id

    async def _read(self, request: ExportRequest, ids: Sequence[str]) -> list[VendorProject]:
        """The readable ones of these projects; at most MOST_READ that were not read before."""
        keys = [(request.account_id, project_id) for project_id in ids]
        found = {key: self._known[key] for key in keys if key in self._known}
        for key in [key for key in keys if key not in found][:MOST_READ]:
            # Another search may have read it meanwhile, or be reading it.
            read = partial(self._read_one, request, key[1])
            if project := self._known.get(key) or await self._reads.call(key, read):
                found[key] = project
        return [found[key] for key in keys if key in found]

    async def _read_one(self, request: ExportRequest, project_id: str) -> VendorProject | None:
        try:
            project = await self._vendor.project(request, project_id)
        except VendorUnavailable:
            return None
        if project.created_at is None or not project.task_id:
            return None
        self._known[request.account_id, project_id] = project
        return project

    async def _may_be_anothers(self, export_id: str, request: ExportRequest, project_id: str, name: str | None) -> bool:
        """Whether another export has this project, or has none yet and a script that begins like its name."""
        owners = await self._history.possible_owners(export_id, request.account_id, time.time() - LATELY)
        return any(
            owner.project_id == project_id
            or (owner.project_id is None and name_fits(name, owner.request.options.script))
            for owner in owners
        )
