"""The webhook in each of its encodings, and everything that only looks like one."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import MultiDict

from bot.aistudios.models import LONGEST_ID, MOST_CREDITS
from bot.aistudios.webhook import MAX_BODY, InvalidWebhook, ProgressEvent, parse

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FIELDS = {"progress": "100", "backendTaskId": "b-1", "credit": "3", "download_url": "https://v/1.mp4?a=b&c=d"}
DONE = ProgressEvent(progress=100, backend_task_id="b-1", credit=3, download_url="https://v/1.mp4?a=b&c=d")


def from_json(value: object, content_type: str = JSON) -> ProgressEvent:
    return parse(method="POST", content_type=content_type, body=json.dumps(value).encode(), query={})


def from_query(**fields: str) -> ProgressEvent:
    return parse(method="GET", content_type="", body=b"", query=fields)


def multipart(fields: dict[str, str], boundary: str = "----B0undary") -> tuple[str, bytes]:
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return f'multipart/form-data; boundary="{boundary}"', f"{parts}--{boundary}--\r\n".encode()


@pytest.mark.parametrize(
    "content_type",
    [JSON, "application/json; charset=utf-8", "application/problem+json", "text/plain", "", FORM],
)
def test_post_json(content_type: str) -> None:
    """JSON is JSON, whatever its content type says."""
    done = {"progress": 100, "backendTaskId": "b-1", "credit": 3, "download_url": FIELDS["download_url"]}
    assert from_json(done, content_type) == DONE


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=utf-8", "", "text/plain"])
def test_post_form(content_type: str) -> None:
    """A form is read, also without its content type."""
    assert parse(method="POST", content_type=content_type, body=urlencode(FIELDS).encode(), query={}) == DONE


def test_post_multipart() -> None:
    """A multipart form is read."""
    content_type, body = multipart(FIELDS)
    assert parse(method="POST", content_type=content_type, body=body, query={}) == DONE


def test_post_multipart_as_a_client_writes_it() -> None:
    """What aiohttp sends as a multipart form is read, with the headers it adds to each part."""
    writer = aiohttp.MultipartWriter("form-data")
    for name, value in FIELDS.items():
        writer.append(value).set_content_disposition("form-data", name=name, filename="x;y")
    lines: list[bytes] = []
    for part, _, _ in writer:
        head = "".join(f"{key}: {value}\r\n" for key, value in part.headers.items())
        lines.append(f"--{writer.boundary}\r\n{head}\r\n{part.decode()}\r\n".encode())
    body = b"".join(lines) + f"--{writer.boundary}--\r\n".encode()
    assert parse(method="POST", content_type=writer.content_type, body=body, query={}) == DONE


@pytest.mark.parametrize("method", ["GET", "POST", "get"])
def test_query(method: str) -> None:
    """The fields may stand in the query, as the vendor's older API sent them."""
    assert parse(method=method, content_type="", body=b"", query=FIELDS) == DONE
    assert parse(method=method, content_type=FORM, body=b"\r\n", query=list(FIELDS.items())) == DONE


def test_body_wins_over_query() -> None:
    """What the body says counts; the query fills up."""
    event = parse(method="POST", content_type=JSON, body=b'{"progress": 7}', query={"progress": "9", "credit": "2"})
    assert event == ProgressEvent(progress=7, credit=2)


def test_body_of_a_get_is_no_report() -> None:
    """A GET reports in its query and nowhere else."""
    with pytest.raises(InvalidWebhook):
        parse(method="GET", content_type=JSON, body=b'{"progress": 7}', query={})


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (0, 0),
        (42, 42),
        (42.7, 42),
        (99.99999999999, 99),
        (100.0, 100),
        (100.5, 100),
        (101, 100),
        (10**14, 100),
        ("7", 7),
        ("42.7", 42),
        ("1e2", 100),
        ("007", 7),
    ],
)
def test_progress_is_whole_percent(progress: object, expected: int) -> None:
    """Numbers and numeric text are rounded down, and nothing is above 100."""
    assert from_json({"progress": progress}).progress == expected


@pytest.mark.parametrize(
    "progress",
    [
        *(-1, -0.5, True, False, None, 10**400, [], [50], {}, {"value": 5}),
        *("-1", "", " ", "abc", "1_0", "٣", "0x10", "+5", "NaN", "Infinity", "1" * 5000, "5%", "1,5", "."),
    ],
)
def test_progress_that_is_none(progress: object) -> None:
    """What is not a number from 0 up is no progress."""
    with pytest.raises(InvalidWebhook, match="progress"):
        from_json({"progress": progress})


@pytest.mark.parametrize(
    "body",
    [
        b'{"progress": NaN}',
        b'{"progress": Infinity}',
        b'{"progress": -Infinity}',
        b'{"progress": 1e999999999999999999999}',
        b'{"progress": 0.' + b"1" * 60_000 + b"}",
        b'{"progress": ' + b"9" * 60_000 + b"}",
        b'{"progress": 5',
        b'{"progress": 5}}',
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"progress": 5, "x": "\xff"}',
        b"[5]",
        b"[]",
        b"null",
        b"5",
        b'"progress=5"',
        b"",
        b"\x00",
        b"\xff\xfe",
    ],
)
def test_bodies_that_are_no_report(body: bytes) -> None:
    """Broken, monstrous and foreign JSON is refused with a reason."""
    with pytest.raises(InvalidWebhook) as caught:
        parse(method="POST", content_type=JSON, body=body, query={})
    assert caught.value.reason == str(caught.value) != ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"credit": "many"},
        {"credit": -1},
        {"credit": True},
        {"credit": [1]},
        {"credit": 10**30},
        {"download_url": 5},
        {"download_url": ["https://v/1.mp4"]},
        {"download_url": True},
        {"download_url": "https://v/\x00.mp4"},
        {"download_url": "https://v/\ud800.mp4"},
        {"backendTaskId": 5},
        {"backendTaskId": {"id": 5}},
        {"backendTaskId": "two\nlines"},
    ],
)
def test_optional_fields_of_a_wrong_type(wrong: dict[str, object]) -> None:
    """An optional field may be absent but not wrong."""
    with pytest.raises(InvalidWebhook, match=next(iter(wrong))):
        from_json({"progress": 100} | wrong)


@pytest.mark.parametrize("empty", [None, ""])
def test_optional_fields_may_be_empty(empty: object) -> None:
    """Null, and what a form sends for it, is absent."""
    fields = {"progress": 5, "credit": empty, "download_url": empty, "backendTaskId": empty}
    assert from_json(fields) == ProgressEvent(progress=5)


def test_unknown_fields_are_ignored() -> None:
    """The vendor may add fields, of any type and any size of number."""
    body = b'{"progress": 5, "eta": [1], "n": ' + b"9" * 5000 + b', "progres": "x"}'
    assert parse(method="POST", content_type=JSON, body=body, query={"v": "1"}) == ProgressEvent(progress=5)


def test_byte_order_mark_is_no_part_of_the_json() -> None:
    """JSON that starts with a byte order mark is read."""
    body = b'\xef\xbb\xbf{"progress": 5}'
    assert parse(method="POST", content_type=JSON, body=body, query={}).progress == 5


@pytest.mark.parametrize(
    "query",
    [[("progress", "1"), ("progress", "100")], MultiDict([("progress", "1"), ("progress", "100")])],
    ids=["pairs", "multidict"],
)
def test_field_that_is_given_twice(query: list[tuple[str, str]]) -> None:
    """Two values for one field have no one meaning."""
    with pytest.raises(InvalidWebhook, match="twice"):
        parse(method="GET", content_type="", body=b"", query=query)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", ""])
def test_other_methods_report_nothing(method: str) -> None:
    """Only GET and POST are understood."""
    with pytest.raises(InvalidWebhook, match="GET and POST"):
        parse(method=method, content_type="", body=b"", query={"progress": "5"})


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"progress=%FF"),
        (FORM, b"progress=\xff"),
        (FORM, b"&".join([b"a=1"] * 200)),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"progress=5"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="progress"\r\n\r\n5',
        ),
        ("multipart/form-data; boundary=x", b"--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="progress"\r\n\r\n\xff\r\n--x--',
        ),
        ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n--x--"),
    ],
)
def test_forms_that_are_none(content_type: str, body: bytes) -> None:
    """Broken, cut off and endless forms are refused."""
    with pytest.raises(InvalidWebhook):
        parse(method="POST", content_type=content_type, body=body, query={})


def test_reason_quotes_nothing_of_the_call() -> None:
    """A reason can be answered and logged without quoting what was sent."""
    with pytest.raises(InvalidWebhook) as caught:
        from_query(progress="<script>")
    assert "script" not in caught.value.reason


def test_largest_body_is_64_kib() -> None:
    """The limit that the web layer applies."""
    assert MAX_BODY == 65536


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=5
)
NAMES = st.sampled_from(["progress", "backendTaskId", "credit", "download_url", "other"])
CONTENT_TYPES = (
    st.sampled_from([JSON, FORM, "", "multipart/form-data; boundary=x", "multipart/form-data; boundary=é"]) | st.text()
)
METHODS = st.sampled_from(["GET", "POST", "PUT"])
WRITABLE = st.text(st.characters(codec="utf-8"))
TEXT = st.text()


def accepted_or_refused(
    method: str, content_type: str, body: bytes, query: list[tuple[str, str]]
) -> ProgressEvent | None:
    try:
        event = parse(method=method, content_type=content_type, body=body, query=query)
    except InvalidWebhook:
        return None
    assert 0 <= event.progress <= 100
    assert event.credit is None or event.credit >= 0
    return event


@given(METHODS, CONTENT_TYPES, st.binary(max_size=500), st.lists(st.tuples(NAMES, TEXT), max_size=5))
@example("POST", JSON, b"[" * 65536, [])
@example("POST", "multipart/form-data; boundary=x", b"--x" * 20_000, [])
def test_any_bytes_are_a_report_or_refused(
    method: str, content_type: str, body: bytes, query: list[tuple[str, str]]
) -> None:
    """Whatever comes in, InvalidWebhook is the only thing that comes out besides an event within bounds."""
    accepted_or_refused(method, content_type, body, query)


@given(st.dictionaries(NAMES, ANYTHING))
def test_any_json_object_is_a_report_or_refused(value: dict[str, object]) -> None:
    """Any JSON object is an event within bounds or refused."""
    accepted_or_refused("POST", JSON, json.dumps(value).encode(), [])


@given(st.dictionaries(NAMES, WRITABLE), st.booleans())
def test_any_form_is_a_report_or_refused(fields: dict[str, str], with_parts: bool) -> None:
    """Any form, in either encoding, is an event within bounds or refused."""
    if with_parts:
        _, body = multipart(fields, "x")
    else:
        body = urlencode(fields).encode()
    accepted_or_refused("POST", "multipart/form-data; boundary=x" if with_parts else FORM, body, [])


@pytest.mark.parametrize(
    "odd", [{"credit": MOST_CREDITS + 1}, {"credit": "9e99"}, {"backendTaskId": "b" * (LONGEST_ID + 1)}]
)
def test_what_no_column_could_hold_is_left_out(odd: dict[str, object]) -> None:
    """The progress in the same call counts."""
    assert from_json({"progress": 60} | odd) == ProgressEvent(progress=60)


@given(
    st.integers(0, 100),
    st.none() | st.integers(0, MOST_CREDITS),
    st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=LONGEST_ID),
)
def test_every_encoding_says_the_same(progress: int, credit: int | None, task: str | None) -> None:
    """JSON, both forms and the query give the same event for the same fields."""
    given_fields = {"progress": progress, "credit": credit, "backendTaskId": task}
    fields = {name: value for name, value in given_fields.items() if value is not None}
    texts = {name: str(value) for name, value in fields.items()}
    content_type, parts = multipart(texts)
    expected = ProgressEvent(progress=progress, credit=credit, backend_task_id=task)
    assert from_json(fields) == expected
    assert from_query(**texts) == expected
    assert parse(method="POST", content_type=FORM, body=urlencode(texts).encode(), query={}) == expected
    assert parse(method="POST", content_type=content_type, body=parts, query={}) == expected
