"""The least that opens a form: a Bolt app that verifies the signature and calls views.open, and nothing else."""

import json
import sys
from pathlib import Path

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


def main() -> None:
    port, api_url, token, secret, view_file = sys.argv[1:]
    view = json.loads(Path(view_file).read_text(encoding="utf-8"))
    app = AsyncApp(client=AsyncWebClient(token=token, base_url=api_url), signing_secret=secret)

    @app.command("/avatar")
    async def command(ack: AsyncAck, body: dict[str, str], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    app.start(int(port))


if __name__ == "__main__":
    main()
