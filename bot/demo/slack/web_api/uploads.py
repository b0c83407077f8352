"""The address that takes the bytes of a file: raw or multipart, straight to disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.demo.slack.state.workspace import Workspace
from bot.demo.slack.state.world import File

CHUNK_BYTES = 1 << 18


async def receive(slack: Workspace, request: web.Request) -> web.Response:
    """Take exactly the bytes that were announced; anything else leaves the upload as if untouched."""
    file = slack.world.files.get(request.match_info["file_id"])
    if file is None or file.upload_token != request.match_info["token"]:
        return web.Response(status=404, text="no such upload")
    if file.state not in {"pending", "uploaded"}:
        return web.Response(status=410, text="upload already completed")
    # Whether Slack takes chunked uploads is not documented, so they are refused.
    if request.content_length is None:
        return web.Response(status=411, text="Content-Length required")
    received = await _store(request, file)
    if received != file.size:
        file.path.unlink(missing_ok=True)
        return web.Response(status=400, text=f"expected {file.size} bytes, got {received}")
    file.state = "uploaded"
    slack.changes.announce()
    return web.Response(text=f"OK - {received}")


async def _store(request: web.Request, file: File) -> int:
    """Write what comes, up to one byte too many; the number of bytes that came."""
    if request.content_type.startswith("multipart/"):
        return await _write(file.path, _first_part(request), file.size)
    if request.content_length != file.size:
        return request.content_length or 0
    return await _write(file.path, request.content.iter_chunked(CHUNK_BYTES), file.size)


async def _first_part(request: web.Request) -> AsyncIterator[bytes]:
    part = await (await request.multipart()).next()
    if isinstance(part, aiohttp.BodyPartReader):
        while chunk := await part.read_chunk(CHUNK_BYTES):
            yield bytes(chunk)


async def _write(path: Path, chunks: AsyncIterator[bytes], limit: int) -> int:
    received = 0
    out = await asyncio.to_thread(path.open, "wb")
    try:
        async for chunk in chunks:
            received += len(chunk)
            if received > limit:
                break
            # Not in a thread: its turn takes several times as long as the writing.
            out.write(chunk)
    finally:
        out.close()
    return received
