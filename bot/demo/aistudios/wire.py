"""The vendor's envelope, and what it refuses in a request."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.demo.aistudios.account import Account
from bot.demo.aistudios.records import ExportRequest

# The codes are those documented for the vendor's newer session API; for this one no table exists.
VALIDATION, CREDENTIALS, FORBIDDEN, NOT_FOUND, RATE_LIMITED, INTERNAL = 4000, 4010, 4030, 4040, 4290, 5000

# The four codes of the API's own pages, and the locales that its dubbing page spells out.
LANGUAGES = frozenset({"en", "ko", "zh", "ja"}) | {
    *("ar-SA", "de-DE", "en-US", "es-ES", "fr-FR", "hi-IN", "id-ID", "it-IT", "ja-JP", "ko-KR"),
    *("nl-NL", "pt-PT", "ru-RU", "tr-TR", "zh-CN"),
}
RESOLUTIONS = frozenset({"4k", "1080", "720", "480"})

_EXPORT_KEYS: dict[str, type] = {
    "language": str,
    "text": str,
    "model": str,
    "isExport": bool,
    "workspaceId": str,
    "resolution": str,
    "webhookUrl": str,
}
_EXPORT_REQUIRED = ("language", "text", "model")


class RefusalError(Exception):
    """The vendor says no. Without a `status` of its own the answer is HTTP 200 with `success: false`."""

    def __init__(self, code: int | str, msg: str, *, status: int = 200) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg
        self.status = status


def success(data: Any) -> web.Response:
    """`{"success": true, "data": …}`."""
    return _json({"success": True, "data": data})


def failure(code: int | str, msg: str, *, status: int = 200) -> web.Response:
    """`{"success": false, "error": {"code", "msg"}}`; a failure may come with any HTTP status."""
    return _json({"success": False, "error": {"code": code, "msg": msg}}, status=status)


def _json(payload: Any, *, status: int = 200) -> web.Response:
    return web.json_response(payload, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))


async def json_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in the body. Raises RefusalError for another content type, value or broken JSON."""
    if request.content_type != "application/json":
        raise RefusalError(VALIDATION, "Content-Type must be application/json")
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise RefusalError(VALIDATION, "the body is not valid JSON") from error
    if not isinstance(body, dict):
        raise RefusalError(VALIDATION, "the body must be a JSON object")
    return body


def check_keys(body: Mapping[str, Any], types: Mapping[str, type], *, required: tuple[str, ...]) -> None:
    """Raise RefusalError for unknown and missing keys and for values of another type."""
    if unknown := sorted(body.keys() - types.keys()):
        raise RefusalError(VALIDATION, f"unknown key: {', '.join(unknown)}")
    if missing := [key for key in required if key not in body]:
        raise RefusalError(VALIDATION, f"required: {', '.join(missing)}")
    for key, value in body.items():
        if type(value) is not types[key]:
            raise RefusalError(VALIDATION, f"{key} must be of type {_type_name(types[key])}")


def _type_name(kind: type) -> str:
    return {str: "String", bool: "Boolean", list: "Array"}[kind]


def export_request(body: Mapping[str, Any], account: Account) -> ExportRequest:
    """The export that this body asks for. Raises RefusalError when the account cannot be given it."""
    check_keys(body, _EXPORT_KEYS, required=_EXPORT_REQUIRED)
    for key, (is_allowed, wanted) in _export_rules(account).items():
        if key in body and not is_allowed(body[key]):
            raise RefusalError(VALIDATION, f"{key} {wanted}")
    return ExportRequest(
        language=body["language"],
        text=body["text"],
        model=body["model"],
        is_export=body.get("isExport", True),
        workspace_id=body.get("workspaceId"),
        resolution=body.get("resolution", "1080"),
        webhook_url=body.get("webhookUrl"),
    )


def _export_rules(account: Account) -> dict[str, tuple[Callable[[str], bool], str]]:
    return {
        "language": (LANGUAGES.__contains__, "is not a supported language code"),
        "text": (_is_speakable, "must be text that can be spoken"),
        "model": (account.may_use, "is no avatar of this account"),
        "workspaceId": (account.has_workspace, "is no workspace of this account"),
        "resolution": (RESOLUTIONS.__contains__, "must be 4k, 1080, 720 or 480"),
        "webhookUrl": (_is_web_address, "must be an http or https address"),
    }


def _is_speakable(text: str) -> bool:
    return bool(text.strip()) and not any("\ud800" <= character <= "\udfff" for character in text)


def _is_web_address(url: str) -> bool:
    if any(character.isspace() for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
