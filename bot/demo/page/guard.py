"""Only the page itself may talk to its server: a web page elsewhere, open in the same browser, may not."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

HOSTS = ("127.0.0.1", "localhost")
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: http://127.0.0.1:*; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses another Host (DNS rebinding), another Origin, and bodies that a form elsewhere could send."""
    if request.url.host not in HOSTS or not _is_ours(request):
        raise web.HTTPForbidden(text="This server is for its own page only.")
    if request.method == "POST" and request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Content-Type must be application/json.")
    return await handler(request)


def _is_ours(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    return origin is None or origin == f"http://{request.host}"


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """What the browser may load and run, on every answer."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
