"""The addresses under which the content of files lies: for the app's token only.

Rules: https://docs.slack.dev/reference/objects/file-object (url_private needs a token with files:read)
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import File

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"


async def content(slack: Workspace, request: web.Request, *, may_read: bool, breaks_off: bool) -> web.StreamResponse:
    """The file, or half of it, or the way to the login page for a token that may not read it."""
    if not may_read:
        return web.Response(status=302, headers={"Location": f"{slack.base_url}/login"})
    file = slack.world.files.get(request.match_info["file_id"])
    if file is None or file.state != "complete":
        return web.Response(status=404, text="no such file")
    if breaks_off:
        return await _half(request, file)
    return web.FileResponse(file.path, headers={"Content-Type": file.mimetype or "application/octet-stream"})


async def _half(request: web.Request, file: File) -> web.StreamResponse:
    """Half of the file under a Content-Length that promises the whole."""
    whole = await asyncio.to_thread(file.path.read_bytes)
    response = web.StreamResponse(headers={"Content-Type": file.mimetype})
    response.content_length = len(whole)
    await response.prepare(request)
    await response.write(whole[: len(whole) // 2])
    return response


async def login_page(request: web.Request) -> web.Response:  # noqa: ARG001 - the same for everybody
    """What a browser without a session sees: HTML, and status 200."""
    return web.Response(text=LOGIN_PAGE, content_type="text/html")
