"""The command line: `avatar-bot serve` and `avatar-bot demo`."""

import argparse
import asyncio
import gc
import logging
import os
import sys
import threading

from bot.settings import InvalidSettings, Settings, load_settings

# Supervisors kill after 10 s (docker stop), and what is in flight has its time before.
STOP_SECONDS = 9.0
EXIT_SECONDS = 1.0
# New objects, and collections of younger ones (https://docs.python.org/3/library/gc.html#gc.set_threshold).
COLLECT_AFTER = (10_000, 20, 20)


def main() -> None:
    """Runs the command that was asked for; exit code 2 says that something must be set right first."""
    arguments = _parser().parse_args()
    sys.exit(arguments.run(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="avatar-bot", description="AI Studios avatar videos from Slack.")
    commands = parser.add_subparsers(required=True, metavar="command")
    serve = commands.add_parser("serve", help="run the bot with the settings of the environment or .env")
    serve.set_defaults(run=_serve)
    demo = commands.add_parser("demo", help="try the bot in the browser, with a local Slack and a local AI Studios")
    demo.add_argument("--script", help="make one video of these words in the terminal instead")
    demo.add_argument("--port", type=int, default=8017, help="where the page is (default: %(default)s)")
    demo.add_argument("--no-browser", action="store_true", help="print the page's address and open nothing")
    demo.set_defaults(run=_demo)
    return parser


def _serve(_: argparse.Namespace) -> int:
    try:
        settings = load_settings()
    except InvalidSettings as invalid:
        print(
            f"avatar-bot can't start yet. Please set right, in the environment or in .env:\n\n{invalid}",
            file=sys.stderr,
        )
        return 2
    _log_to_stderr(settings.log_level)
    return asyncio.run(_serve_until_told(settings))


async def _serve_until_told(settings: Settings) -> int:
    gc.disable()
    from bot.app import DatabaseUnusable, running
    from bot.web.server import CannotListen, until_told_to_stop

    try:
        async with running(settings) as port:
            _collect_seldom()
            logging.getLogger("bot").info("listening on %s:%d", settings.host, port)
            await until_told_to_stop()
            _leave_within(STOP_SECONDS)
    except (DatabaseUnusable, CannotListen) as trouble:
        print(f"avatar-bot can't start: {trouble}", file=sys.stderr)
        return 2
    _leave_within(EXIT_SECONDS)
    return 0


def _collect_seldom() -> None:
    """What was imported stays, and is not looked through again and again; while two thousand
    exports were recovered, these looks took a third of the CPU."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()


def _leave_within(seconds: float) -> None:
    """The process ends by then, in whatever it still is.

    Python joins every thread at its exit, and the engine's may wait a minute for a database that is away. All work is
    in the database, so nothing is lost with them.
    """
    leaving = threading.Timer(seconds, os._exit, args=(0,))
    leaving.daemon = True
    leaving.start()


def _demo(arguments: argparse.Namespace) -> int:
    if arguments.script is not None:
        from bot.demo.run import run_demo

        return run_demo(arguments.script)
    from bot.demo.page.run import run_page

    return run_page(arguments.port, open_browser=not arguments.no_browser)


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # At lower levels these log requests and their bodies, which hold scripts and secrets.
    for name in ("httpx", "httpcore", "slack_sdk", "aiohttp"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Warns at every start that the token is given in a way of its own.
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)


if __name__ == "__main__":
    main()
