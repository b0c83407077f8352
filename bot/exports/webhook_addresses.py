"""The webhook address of each export: different for every export, and unguessable."""

import base64
import hashlib
import hmac
from urllib.parse import quote

WEBHOOK_PREFIX = "/webhooks/aistudios"
# Stands for an export's id in the self-check's address; it can't be an export's id, which contains Slack's ids.
SELF_CHECK = "self-check"


class WebhookAddresses:
    """Makes and checks addresses. AI Studios signs nothing, so the address itself is the proof.

    `public_url` is the bot's address as AI Studios sees it; without one no export has a webhook.
    """

    def __init__(self, key: bytes, public_url: str | None) -> None:
        if not key:
            raise ValueError("an empty key would make every address forgeable")
        self._key = key
        self._public_url = public_url

    def url(self, export_id: str) -> str | None:
        if self._public_url is None:
            return None
        return f"{self._public_url}{WEBHOOK_PREFIX}/{quote(export_id, safe='')}/{self._proof(export_id)}"

    def is_genuine(self, export_id: str, proof: str) -> bool:
        """Whether the proof is this export's; compared in constant time and as text, so no other encoding passes."""
        return hmac.compare_digest(self._proof(export_id).encode(), proof.encode())

    def answer(self, nonce: str) -> str:
        """The self-check's answer, made with a key derived from the bot's, so that it is never a valid proof."""
        own_key = hmac.digest(self._key, b"avatar-bot self-check answer", hashlib.sha256)
        return hmac.new(own_key, nonce.encode(), hashlib.sha256).hexdigest()

    def _proof(self, export_id: str) -> str:
        digest = hmac.digest(self._key, export_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
