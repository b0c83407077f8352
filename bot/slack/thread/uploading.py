"""Streams a video to Slack without sharing it (docs.slack.dev/messaging/working-with-files)."""

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.exports.ports import UploadInterrupted, UploadRefused, VideoStream
from bot.proxies import proxy_for
from bot.slack.api.calls import LOST_ANSWERS, code_of, is_passing, refusal, retry_after
from bot.slack.titles import file_name

# A slow connection is not a broken one; slower than this over all (bytes per second), it is.
UPLOAD_SPEED = 25_000
UPLOAD_GRACE = 300.0


async def upload_video(client: AsyncWebClient, http: aiohttp.ClientSession, title: str, video: VideoStream) -> str:
    """Uploads the video and returns the file's id. Raises UploadRefused, UploadInterrupted.

    It is tried once, because a stream can be read only once.
    """
    try:
        answer = await client.files_getUploadURLExternal(filename=file_name(title), length=video.length, alt_txt=title)
        await _send(http, str(answer["upload_url"]), video)
    except SlackApiError as error:
        if is_passing(error):
            raise UploadInterrupted(code_of(error), rest=retry_after(error) or 0) from error
        raise UploadRefused(refusal(error)) from error
    except LOST_ANSWERS as error:
        raise UploadInterrupted(type(error).__name__) from error
    return str(answer["file_id"])


async def _send(http: aiohttp.ClientSession, upload_url: str, video: VideoStream) -> None:
    # A known length keeps aiohttp from chunked transfer, which Slack does not document.
    headers = {"Content-Length": str(video.length), "Content-Type": "application/octet-stream"}
    # aiohttp has no timeout of its own for a server that stops to take what is sent.
    whole = UPLOAD_GRACE + video.length / UPLOAD_SPEED
    timeout = aiohttp.ClientTimeout(total=whole, sock_connect=10, sock_read=UPLOAD_GRACE)
    proxy = proxy_for(URL(upload_url))
    async with http.post(upload_url, data=video.chunks(), headers=headers, timeout=timeout, proxy=proxy) as response:
        if response.status >= 500 or response.status in (408, 429):
            raise UploadInterrupted(f"http_{response.status}")
        if response.status != 200:
            raise UploadRefused(f"http_{response.status}")
