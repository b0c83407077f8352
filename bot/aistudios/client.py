"""AI Studios' V3 API: one method per endpoint that the product uses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from bot.aistudios.auth import Tokens
from bot.aistudios.errors import AIStudiosError, Ambiguous, Transient, Unauthorized
from bot.aistudios.models import (
    AcceptedExport,
    CustomExport,
    ExportProgress,
    ListedModel,
    Model,
    Project,
    ProjectSummary,
    Workspace,
    join_models,
)
from bot.aistudios.transport import DEADLINE, TIMEOUT, Observe, Transport

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer", bound=BaseModel)


class AIStudiosClient:
    """The API with one account, over an httpx client that the caller closes.

    Every method raises AIStudiosError: Transient, Rejected or Unauthorized; Ambiguous only for an export.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        tokens: Tokens,
        timeout: httpx.Timeout = TIMEOUT,
        deadline: float = DEADLINE,
        observe: Observe | None = None,
    ) -> None:
        self._transport = Transport(http, base_url=base_url, timeout=timeout, deadline=deadline, observe=observe)
        self._tokens = tokens

    async def create_export(self, export: CustomExport) -> AcceptedExport:
        """Orders a video. This costs credits and is sent once.

        Transient, Rejected and Unauthorized say that nothing was accepted; after Ambiguous the outcome is unknown.
        """
        payload = await self._call("POST", "/simple/custom", body=export.as_body(), costs_credits=True)
        try:
            return AcceptedExport.model_validate(payload)
        except ValidationError:
            raise Ambiguous("AI Studios took the export but named no project") from None

    async def progress(self, project_id: str) -> ExportProgress:
        """A render's progress in percent, and at 100 the address of the video."""
        return _read(ExportProgress, await self._call("GET", f"/editor/progress/{_segment(project_id)}"))

    async def project(self, project_id: str) -> Project:
        """One project with all of its fields."""
        payload = await self._call("GET", f"/editor/project/{_segment(project_id)}")
        return _read(Project, payload.get("project", payload) if isinstance(payload, dict) else payload)

    async def projects(self) -> list[ProjectSummary]:
        """The account's exported projects."""
        return _read_list(ProjectSummary, await self._call("GET", "/editor/project"), name="projects")

    async def delete_projects(self, project_ids: Sequence[str]) -> int:
        """Deletes projects and returns how many were deleted; idempotent."""
        payload = await self._call("DELETE", "/editor/project", body={"ids": list(project_ids)})
        count = payload.get("deletedCount") if isinstance(payload, dict) else None
        if not isinstance(count, int):
            raise Transient("AI Studios did not say how many projects it deleted")
        return count

    async def models(self) -> list[Model]:
        """The account's avatars, custom ones first.

        `/model` has the Korean and English names, `/dropdown/models` says which avatars are custom. If one of them
        fails, returns the other's list; if both fail, raises the error of `/dropdown/models`.
        """
        short, full = await asyncio.gather(self._listed("/dropdown/models"), self._listed("/model"))
        if isinstance(short, AIStudiosError) and isinstance(full, AIStudiosError):
            raise short
        listings = (listing for listing in (full, short) if not isinstance(listing, AIStudiosError))
        return join_models(entry for listing in listings for entry in listing)

    async def workspaces(self) -> list[Workspace]:
        """The workspaces a project can be put into."""
        return _read_list(Workspace, await self._call("GET", "/dropdown/workspaces"), name="workspaces")

    async def is_authenticated(self) -> bool:
        """Whether AI Studios accepts the credentials. Raises Transient if it does not answer."""
        try:
            payload = await self._call("GET", "/auth")
        except Unauthorized:
            return False
        return isinstance(payload, dict) and payload.get("isAuthenticated") in (True, "true")

    async def _listed(self, path: str) -> list[ListedModel] | AIStudiosError:
        try:
            return _read_list(ListedModel, await self._call("GET", path), name="models")
        except AIStudiosError as error:
            logger.warning("AI Studios' %s could not be read: %s", path, error)
            return error

    async def _call(
        self, method: str, path: str, *, body: Mapping[str, object] | None = None, costs_credits: bool = False
    ) -> object:
        token = await self._tokens.token()
        try:
            return await self._transport.call(method, path, body=body, token=token, costs_credits=costs_credits)
        except Unauthorized as error:
            logger.info("AI Studios no longer accepts the token (%s); renewing it once", error)
        # A 401 is an answer from before acceptance: sending the call once more cannot order anything twice.
        renewed = await self._tokens.renew(token)
        return await self._transport.call(method, path, body=body, token=renewed, costs_credits=costs_credits)


def editor_url(base_url: str, project_id: str) -> str:
    """The page where a person sees the project."""
    return f"{base_url.rstrip('/')}/editor/{_segment(project_id)}"


def _segment(project_id: str) -> str:
    """The id, quoted as one path segment, so that `..` does not lead to another path."""
    if not project_id:
        raise ValueError("a project id cannot be empty")
    return quote(project_id, safe="").replace(".", "%2E")


def _read(kind: type[Answer], payload: object) -> Answer:
    try:
        return kind.model_validate(payload)
    except ValidationError:
        raise Transient(f"AI Studios' answer is unreadable as {kind.__name__}") from None


def _read_list(kind: type[Answer], payload: object, *, name: str) -> list[Answer]:
    """Reads a list that is the payload itself or named inside it; unreadable entries are left out."""
    entries = _list_in(payload, name)
    if entries is None:
        raise Transient(f"AI Studios' answer holds no list of {name}")
    return [entry for entry in (_read_entry(kind, raw) for raw in entries) if entry is not None]


def _list_in(payload: object, name: str) -> list[object] | None:
    if isinstance(payload, list):
        return payload
    if not isinstance(payload, dict):
        return None
    named = payload.get(name)
    candidates = [named, *payload.values()]
    return next((candidate for candidate in candidates if isinstance(candidate, list)), None)


def _read_entry(kind: type[Answer], raw: object) -> Answer | None:
    try:
        return kind.model_validate(raw)
    except ValidationError:
        return None
