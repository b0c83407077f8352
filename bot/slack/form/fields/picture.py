"""The picture of the chosen avatar."""

from urllib.parse import urlsplit

from bot.exports.models import Avatar
from bot.slack import ids
from bot.slack.blocks import Block, plain, shortened

# docs.slack.dev/reference/block-kit/blocks/image-block
LONGEST_ADDRESS = 3000
LONGEST_ALT_TEXT = 2000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def picture_block(avatar: Avatar, address: str) -> Block:
    """The picture with the avatar's name as its title, because the picture may be older than the latest choice."""
    name = shortened(avatar.name, LONGEST_ALT_TEXT)
    return {"type": "image", "block_id": ids.PICTURE, "image_url": address, "alt_text": name, "title": plain(name)}


def picture_address(url: str | None) -> str | None:
    """The URL if Slack can show it, otherwise None. It must be https, or http on this machine."""
    try:
        parts = urlsplit(url or "")
        is_private = parts.scheme == "http" and parts.hostname in _LOOPBACK
    except ValueError:
        return None
    is_fitting = len(url or "") <= LONGEST_ADDRESS and bool(parts.hostname)
    return url if is_fitting and (parts.scheme == "https" or is_private) else None
