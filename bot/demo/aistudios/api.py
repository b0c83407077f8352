"""The endpoints of the AI Studios V3 API, one method each."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

from bot.demo.aistudios.account import Account, DemoModel
from bot.demo.aistudios.editor import editor_page
from bot.demo.aistudios.faults import Fault, Faults
from bot.demo.aistudios.records import Project, Submission
from bot.demo.aistudios.rendering import Renderer
from bot.demo.aistudios.wire import (
    CREDENTIALS,
    FORBIDDEN,
    NOT_FOUND,
    VALIDATION,
    RefusalError,
    check_keys,
    export_request,
    json_object,
    success,
)
from bot.demo.video import portrait

API = "/api/odin/v3"
KEPT_SUBMISSIONS = 50_000
PIECE = 64 * 1024

DropdownShape = Literal["list", "data", "named"]


class Api:
    """Answers the documented calls from the account of the token and its projects among the renderer's."""

    def __init__(
        self, accounts: Sequence[Account], renderer: Renderer, faults: Faults, dropdown_shape: DropdownShape
    ) -> None:
        self.dropdown_shape: DropdownShape = dropdown_shape
        self.billed: deque[Submission] = deque(maxlen=KEPT_SUBMISSIONS)
        self._accounts = accounts
        self._renderer = renderer
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Every route of the service."""
        return [
            web.post(f"{API}/auth/token", self.issue_token),
            web.get(f"{API}/auth", self.check_token, allow_head=False),
            web.post(f"{API}/simple/custom", self.export),
            web.get(f"{API}/editor/progress/{{project_id}}", self.progress, allow_head=False),
            web.get(f"{API}/editor/project/{{project_id}}", self.project, allow_head=False),
            web.get(f"{API}/editor/project", self.projects, allow_head=False),
            web.delete(f"{API}/editor/project", self.delete_projects),
            web.get(f"{API}/model", self.models, allow_head=False),
            web.get(f"{API}/dropdown/models", self.dropdown_models, allow_head=False),
            web.get(f"{API}/dropdown/workspaces", self.dropdown_workspaces, allow_head=False),
            web.get("/videos/{project_id}.mp4", self.video),
            web.get("/thumbnails/{model_id}.png", self.thumbnail),
            web.get("/editor/{project_id}", self.editor),
        ]

    async def issue_token(self, request: web.Request) -> web.Response:
        """`POST /auth/token`."""
        body = await json_object(request)
        check_keys(body, {"appId": str, "userKey": str}, required=("appId", "userKey"))
        account = next((one for one in self._accounts if one.accepts(body["appId"], body["userKey"])), None)
        if account is None:
            raise RefusalError(CREDENTIALS, "appId and userKey do not match an account")
        return success({"token": account.tokens.issue()})

    async def check_token(self, request: web.Request) -> web.Response:
        """`GET /auth`."""
        self._authenticate(request)
        return success({"isAuthenticated": True})

    async def export(self, request: web.Request) -> web.Response:
        """`POST /simple/custom`."""
        account = self._authenticate(request)
        order = export_request(await json_object(request), account)
        if order.is_export and account.credits == 0:
            raise RefusalError(FORBIDDEN, "the account has no credits left")
        project = self._renderer.add(account, order)
        if order.is_export:
            self.billed.append(project.submission())
        data = {"projectId": project.id, "taskId": project.task_id}
        if self._faults.missing_project_id:
            del data["projectId"]
        return success(data)

    async def progress(self, request: web.Request) -> web.Response:
        """`GET /editor/progress/{projectId}`."""
        project = self._project(request)
        data: dict[str, Any] = {"progress": project.progress, "state": project.state}
        if project.download_url is not None:
            data["downloadUrl"] = project.download_url
        return success(data)

    async def project(self, request: web.Request) -> web.Response:
        """`GET /editor/project/{projectId}`."""
        return success({"project": _project_details(self._project(request), _base_url(request))})

    async def projects(self, request: web.Request) -> web.Response:
        """`GET /editor/project`: the exported projects, drafts not among them."""
        account = self._authenticate(request)
        own = [project for project in self._renderer.projects.values() if project.account is account]
        return success([_project_summary(project) for project in own if project.request.is_export])

    async def delete_projects(self, request: web.Request) -> web.Response:
        """`DELETE /editor/project`."""
        account = self._authenticate(request)
        body = await json_object(request)
        check_keys(body, {"ids": list}, required=("ids",))
        if not all(isinstance(project_id, str) for project_id in body["ids"]):
            raise RefusalError(VALIDATION, "ids must be an Array of String")
        own = [project_id for project_id in body["ids"] if self._owned(account, project_id)]
        return success({"deletedCount": sum(self._renderer.delete(project_id) for project_id in own)})

    async def models(self, request: web.Request) -> web.Response:
        """`GET /model`."""
        account = self._authenticate(request)
        return success({"models": [_model(model, _base_url(request)) for model in account.models]})

    async def dropdown_models(self, request: web.Request) -> web.Response:
        """`GET /dropdown/models`."""
        account = self._authenticate(request)
        rows = [_dropdown_model(model) for model in account.models if model.in_dropdown]
        return self._dropdown("models", rows)

    async def dropdown_workspaces(self, request: web.Request) -> web.Response:
        """`GET /dropdown/workspaces`."""
        account = self._authenticate(request)
        rows = [{"workspaceId": one.id, "workspaceName": one.name} for one in account.workspaces]
        return self._dropdown("workspaces", rows)

    async def video(self, request: web.Request) -> web.StreamResponse:
        """A finished video; whoever has the address may download it."""
        project = self._renderer.projects.get(request.match_info["project_id"])
        if project is None or project.state != "exported" or project.video is None:
            raise RefusalError(NOT_FOUND, "no such video", status=404)
        return Video(project.video)

    async def thumbnail(self, request: web.Request) -> web.Response:
        """An avatar's picture; whoever has the address may see it."""
        model_id = request.match_info["model_id"]
        if not any(account.may_use(model_id) for account in self._accounts):
            raise RefusalError(NOT_FOUND, "no such avatar", status=404)
        picture = await asyncio.to_thread(portrait, model_id)
        return web.Response(body=picture, content_type="image/png")

    async def editor(self, request: web.Request) -> web.Response:
        """The page on which a person goes on with a project, drafts among them."""
        project = self._renderer.projects.get(request.match_info["project_id"])
        if project is None:
            raise RefusalError(NOT_FOUND, "no such project", status=404)
        return web.Response(text=editor_page(project), content_type="text/html")

    def _authenticate(self, request: web.Request) -> Account:
        token = request.headers.get("Authorization", "")
        if token.startswith("Bearer "):
            raise RefusalError(CREDENTIALS, "Authorization takes the raw token, without Bearer", status=401)
        account = next((one for one in self._accounts if one.tokens.is_valid(token)), None)
        if account is None:
            raise RefusalError(CREDENTIALS, "the token is unknown or has expired", status=401)
        return account

    def _owned(self, account: Account, project_id: str) -> Project | None:
        """The account's project; another account's is as good as none."""
        project = self._renderer.projects.get(project_id)
        return project if project is not None and project.account is account else None

    def _project(self, request: web.Request) -> Project:
        project = self._owned(self._authenticate(request), request.match_info["project_id"])
        if project is None:
            raise RefusalError(NOT_FOUND, "no such project")
        return project

    def _dropdown(self, name: str, rows: Sequence[Mapping[str, Any]]) -> web.Response:
        if self.dropdown_shape == "list":
            return web.json_response(rows)
        return success(rows if self.dropdown_shape == "data" else {name: rows})


class Video(web.FileResponse):
    """The video's file, streamed from the disk with its length."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, headers={"Content-Type": "video/mp4"})
        self.file = file


async def spoiled_video(request: web.Request, file: Path, fault: Fault) -> web.StreamResponse:
    """The video as a fault wants it: without its length, or broken off in the middle."""
    content = await asyncio.to_thread(file.read_bytes)
    response = web.StreamResponse(headers={"Content-Type": "video/mp4"})
    if not fault.without_length:
        response.content_length = len(content)
    await response.prepare(request)
    end = len(content) // 2 if fault.truncate else len(content)
    for start in range(0, end, PIECE):
        await response.write(content[start : min(start + PIECE, end)])
    if fault.truncate and request.transport is not None:
        request.transport.close()
    return response


def _base_url(request: web.Request) -> str:
    return str(request.url.origin())


def _project_summary(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "state": project.state,
        "download_url": project.download_url,
    }


def _project_details(project: Project, base_url: str) -> dict[str, Any]:
    return {
        "_id": project.id,
        "name": project.name,
        "state": project.state,
        "thumbnailUrl": f"{base_url}/thumbnails/{project.request.model}.png",
        "backendTaskId": project.backend_task_id,
        "progress": project.progress,
        "creditSubstracted": project.credit,
        "createdAt": project.created_at.isoformat(timespec="milliseconds"),
        "updatedAt": project.updated_at.isoformat(timespec="milliseconds"),
        "download_url": project.download_url,
    }


def _model(model: DemoModel, base_url: str) -> dict[str, Any]:
    return {
        "id": model.id,
        "label": {"ko": model.korean, "en": model.english},
        "thumbnail": f"{base_url}/thumbnails/{model.id}.png",
        "clothes": list(model.clothes),
    }


def _dropdown_model(model: DemoModel) -> dict[str, Any]:
    return {"id": model.id, "label": model.english, "avatarType": model.avatar_type}
