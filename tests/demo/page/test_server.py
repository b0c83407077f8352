"""What the page's server gives to its own page, and to nobody else."""

from __future__ import annotations

import pytest
from yarl import URL

from bot.demo.page.server import STATIC, serving
from bot.demo.slack import LocalSlack
from bot.demo.stage import Stage
from tests.demo.page.visitor import GENERAL, Visitor
from tests.demo.slack.app import client

VIDEO = b"0123456789" * 1000


async def uploaded(slack: LocalSlack, name: str, content: bytes) -> str:
    """A file that the app gave to #general; its id."""
    await client(slack).files_upload_v2(channel=GENERAL, filename=name, content=content)
    (file,) = await slack.until(lambda: [file for file in slack.world.files.values() if file.shares], what="the file")
    return file.id


async def test_the_page_and_its_files_are_served(visitor: Visitor) -> None:
    """HTML, styles and scripts, each with its type, never from an old copy, and with a policy for what may run."""
    types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    files = [file for file in STATIC.rglob("*") if file.is_file()]
    paths = {"/": "text/html"} | {f"/static/{file.relative_to(STATIC)}": types[file.suffix] for file in files}
    for path, content_type in paths.items():
        async with visitor.http.get(f"{visitor.address}{path}") as answer:
            assert (answer.status, answer.content_type) == (200, content_type)
            assert answer.headers["Cache-Control"] == "no-cache"
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        *("/static/nothing.js", "/static/..%2Fserver.py", "/static/%2Fetc%2Fpasswd", "/etc"),
        *("/static/core", "/static/core/..%2F..%2Fserver.py", "/static/core/nothing.js"),
    ],
)
async def test_nothing_else_is_served(visitor: Visitor, path: str) -> None:
    """Not what is missing, and not what lies beside the page's files."""
    async with visitor.http.get(URL(f"{visitor.address}{path}", encoded=True)) as answer:
        assert answer.status == 404


async def test_a_video_is_served_in_ranges(visitor: Visitor, slack: LocalSlack) -> None:
    """A player gets the piece that it asks for, shown in the page."""
    url = f"{visitor.address}/files/{await uploaded(slack, 'a.mp4', VIDEO)}"
    async with visitor.http.get(url, headers={"Range": "bytes=5-14"}) as piece:
        assert (piece.status, await piece.read()) == (206, VIDEO[5:15])
        assert piece.content_type == "video/mp4"
        assert "Content-Disposition" not in piece.headers
    async with visitor.http.get(f"{visitor.address}/files/F0NOTHING") as nothing:
        assert nothing.status == 404


async def test_what_could_run_in_the_page_is_for_saving(visitor: Visitor, slack: LocalSlack) -> None:
    """An uploaded HTML file is no page of this server."""
    async with visitor.http.get(f"{visitor.address}/files/{await uploaded(slack, 'a.html', b'<script>')}") as answer:
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["Content-Security-Policy"] == "sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8017", "Origin": "http://evil.example:8017"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_a_web_page_elsewhere_is_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    """Another Host, as after DNS rebinding, and another Origin can neither read nor do anything."""
    act = {"do": "say", "channel": GENERAL, "text": "from elsewhere"}
    async with visitor.http.get(f"{visitor.address}/api/stream", headers=headers) as answer:
        assert answer.status == 403
    async with visitor.http.post(f"{visitor.address}/api/act", json=act, headers=headers) as answer:
        assert answer.status == 403
    assert (await visitor.state())["messages"][GENERAL] == []


async def test_a_form_elsewhere_is_refused(visitor: Visitor) -> None:
    """A body that a browser sends across origins without asking is not taken."""
    body = '{"do": "say", "channel": "C0GENERAL", "text": "x"}'
    async with visitor.http.post(
        f"{visitor.address}/api/act", data=body, headers={"Content-Type": "text/plain"}
    ) as answer:
        assert answer.status == 415


async def test_the_page_itself_is_let_in(visitor: Visitor) -> None:
    """Its own Origin passes, under both names of loopback."""
    for host in ("127.0.0.1", "localhost"):
        place = f"{host}:{visitor.address.rpartition(':')[2]}"
        headers = {"Host": place, "Origin": f"http://{place}"}
        body = {"do": "read", "channel": GENERAL}
        async with visitor.http.post(f"{visitor.address}/api/act", json=body, headers=headers) as answer:
            assert answer.status == 200


async def test_a_port_that_is_taken_is_an_error(small_stage: Stage) -> None:
    """The second page on the same port does not start."""
    async with serving(small_stage, 0) as page:
        with pytest.raises(OSError, match="address already in use"):
            async with serving(small_stage, int(page.address.rpartition(":")[2].strip("/"))):
                raise AssertionError("two pages on one port")
