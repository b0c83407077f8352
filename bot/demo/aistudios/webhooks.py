"""The calls that AI Studios makes to the `webhookUrl` of an export."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import aiohttp
from yarl import URL

from bot.demo.aistudios.faults import Faults
from bot.demo.aistudios.records import Project, WebhookCall, WebhookEncoding
from bot.demo.changes import Changes
from bot.demo.exchanges import Exchange, Observer, decoded

CONCURRENT_CALLS = 64
ANSWER_SECONDS = 10
KEPT_CALLS = 50_000


class Webhooks:
    """Sends webhooks in the background: many at once, each tried once, failures recorded and not retried."""

    def __init__(
        self, encoding: WebhookEncoding, faults: Faults, changes: Changes, observers: Sequence[Observer]
    ) -> None:
        self.encoding = encoding
        self.sent: deque[WebhookCall] = deque(maxlen=KEPT_CALLS)
        self._faults = faults
        self._changes = changes
        self._observers = observers
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connections' pool."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONCURRENT_CALLS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_SECONDS, sock_read=ANSWER_SECONDS),
        )

    async def stop(self) -> None:
        """Drop the calls that are still to be made and close the pool."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def announce(self, project: Project, progress: int) -> None:
        """Tell the export's webhook, if it has one, in the background and as the faults allow."""
        url = project.request.webhook_url
        if url is None:
            return
        delays = self._faults.webhook_delays()
        if not delays:
            self._record(project.id, progress, url, self.encoding, error="lost")
            self._report(progress, _fields(project, progress), time.time(), None, "lost")
        for delay in delays:
            self._spawn(self._send_later(delay, project, progress, url))

    async def send(
        self,
        project: Project,
        progress: int,
        *,
        encoding: WebhookEncoding | None = None,
        url: str | None = None,
        **extra: Any,
    ) -> int:
        """Make one call now and return the answer's HTTP status.

        `extra` replaces or adds fields. Raises ConnectionError when no answer came.
        """
        target = url or project.request.webhook_url
        if target is None:
            raise ValueError(f"project {project.id} has no webhookUrl")
        call = await self._post(project, progress, target, encoding or self.encoding, extra)
        if call.status is None:
            raise ConnectionError(call.error)
        return call.status

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_later(self, delay: float, project: Project, progress: int, url: str) -> None:
        await asyncio.sleep(delay)
        await self._post(project, progress, url, self.encoding, {})

    async def _post(
        self, project: Project, progress: int, url: str, encoding: WebhookEncoding, extra: Mapping[str, Any]
    ) -> WebhookCall:
        fields, started = {**_fields(project, progress), **extra}, time.time()
        try:
            status, answer = await self._request(url, encoding, fields)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            self._report(progress, fields, started, None, repr(error))
            return self._record(project.id, progress, url, encoding, error=repr(error))
        self._report(progress, fields, started, status, decoded(answer))
        return self._record(project.id, progress, url, encoding, status=status)

    async def _request(self, url: str, encoding: WebhookEncoding, fields: Mapping[str, Any]) -> tuple[int, str]:
        if self._http is None:
            raise RuntimeError("the local AI Studios was not started")
        method, target, body = _encode(url, encoding, fields)
        async with self._http.request(method, target, allow_redirects=False, **body) as response:
            return response.status, await response.text(errors="replace")

    def _report(
        self, progress: int, fields: Mapping[str, Any], started: float, status: int | None, answer: Any
    ) -> None:
        # The address of a webhook is its own proof, so it is not shown to anybody.
        title, seconds = f"webhook {progress} %", time.time() - started
        exchange = Exchange("studio", "bot", title, status, started, seconds, dict(fields), answer)
        for observer in self._observers:
            observer(exchange)

    def _record(
        self,
        project_id: str,
        progress: int,
        url: str,
        encoding: WebhookEncoding,
        *,
        status: int | None = None,
        error: str | None = None,
    ) -> WebhookCall:
        call = WebhookCall(project_id, progress, url, encoding, status, error, time.monotonic())
        self.sent.append(call)
        self._changes.announce()
        return call


def _fields(project: Project, progress: int) -> dict[str, Any]:
    """The documented fields: no projectId, no signature, and nothing that tells of a failure."""
    fields: dict[str, Any] = {"progress": progress, "backendTaskId": project.backend_task_id}
    if progress == 100:
        fields["credit"] = project.credit
        fields["download_url"] = project.download_url
    return {key: value for key, value in fields.items() if value is not None}


def _encode(url: str, encoding: WebhookEncoding, fields: Mapping[str, Any]) -> tuple[str, URL, dict[str, Any]]:
    """Method, address and body of the call. The given address is kept as written, its query included."""
    target = URL(url, encoded=True)
    if encoding == "json":
        return "POST", target, {"json": dict(fields)}
    text = {key: str(value) for key, value in fields.items()}
    if encoding == "form":
        return "POST", target, {"data": text}
    return ("GET" if encoding == "get-query" else "POST"), target.extend_query(text), {}
