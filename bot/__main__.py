"""The command line: `avatar-bot serve` and what an operator needs besides."""

import argparse
import asyncio
import gc
import importlib.util
import io
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from bot.settings import Settings

# Supervisors kill after 10 s (docker stop), and what is in flight has its time before.
STOP_SECONDS = 9.0
# New objects, and collections of younger ones (https://docs.python.org/3/library/gc.html#gc.set_threshold).
COLLECT_AFTER = (10_000, 20, 20)
NO_DEMO = "The demo is not part of this image. Run it from a checkout of the repository; its README begins with it."


def main() -> None:
    """Runs the command that was asked for; exit code 2 says that something must be corrected first."""
    # Where stdout knows only few signs, the others become question marks, not a traceback.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    arguments = _parser().parse_args()
    sys.exit(arguments.run(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="avatar-bot", description="AI Studios avatar videos from Slack.")
    parser.set_defaults(run=lambda _: _help(parser))
    commands = parser.add_subparsers(metavar="command")
    serve = commands.add_parser("serve", help="run the bot with the settings of the environment or .env")
    serve.set_defaults(run=_serve)
    manifest = commands.add_parser("manifest", help="print the manifest from which the app is created in Slack")
    way = manifest.add_mutually_exclusive_group()
    way.add_argument("--url", help="the public address that leads to the bot, such as https://bot.example.com")
    way.add_argument("--socket", action="store_true", help="for Socket Mode, which needs no public address")
    manifest.set_defaults(run=_manifest)
    init = commands.add_parser("init", help="ask for the settings that are needed, check each, and write .env")
    init.add_argument("--many", action="store_true", help="for a bot that many workspaces install, by Slack's OAuth")
    init.set_defaults(run=_init)
    check = commands.add_parser("check", help="check everything, and say what is wrong and how to fix it")
    check.set_defaults(run=_check)
    _add_operators_commands(commands)
    demo = commands.add_parser("demo", help="try the bot in the browser, with a local Slack and a local AI Studios")
    demo.add_argument("--script", help="make one video of these words in the terminal instead")
    demo.add_argument("--port", type=int, default=8017, help="where the page is (default: %(default)s)")
    demo.add_argument("--no-browser", action="store_true", help="print the page's address and open nothing")
    demo.set_defaults(run=_demo)
    return parser


def _add_operators_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    exports = commands.add_parser("exports", help="list the newest exports, or show one in detail")
    exports.add_argument("id", nargs="?", help="the export to show, or the beginning of its id")
    exports.add_argument("--state", help="only those in this state, such as running, failed or question")
    exports.add_argument("--user", help="only those of this person, by their user id in Slack (U…)")
    exports.add_argument("--team", help="only those of this workspace (T…)")
    exports.add_argument("--limit", type=int, default=20, help="how many at most (default: %(default)s)")
    exports.add_argument("--json", action="store_true", help="print JSON instead of a table")
    exports.set_defaults(run=_exports)
    retry = commands.add_parser("retry", help="try an export again that has failed, or whose outcome is unknown")
    retry.set_defaults(run=_retry)
    stop = commands.add_parser("stop", help="stop an export, as the button in its thread does")
    stop.set_defaults(run=_stop)
    for one in (retry, stop):
        one.add_argument("id", help="the export, or the beginning of its id")
    forget = commands.add_parser("forget", help="delete what is stored about a person: their exports and scripts")
    forget.add_argument("--user", required=True, help="the person's user id in Slack (U…)")
    forget.add_argument("--team", help="their workspace's id (T…), where the user id is known in several")
    forget.set_defaults(run=_forget)
    for one in (retry, forget):
        one.add_argument("--yes", action="store_true", help="don't ask first")


def _help(parser: argparse.ArgumentParser) -> int:
    """For whoever names no command."""
    parser.print_help(sys.stderr)
    return 2


def _serve(_: argparse.Namespace) -> int:
    _leave_when_told()
    # What the bot makes, such as its database, is for nobody else on the machine to read.
    os.umask(0o077)
    from bot import logs
    from bot.settings import InvalidSettings, load_settings, no_longer_used

    try:
        settings = load_settings()
    except InvalidSettings as invalid:
        print(_way_to_a_start(str(invalid)), file=sys.stderr)
        return 2
    logs.configure(settings.log_level, settings.secrets)
    for variable, words in no_longer_used().items():
        logging.getLogger("bot").warning("%s %s", variable, words)
    return asyncio.run(_serve_until_told(settings))


def _leave_when_told() -> None:
    """A start is broken off at once, however long its imports take: it has begun nothing that could not wait.

    In a container the process is the first, for which Linux has no handler that ends it (man 7 pid_namespaces).
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))


def _way_to_a_start(complaints: str) -> str:
    from bot.cli.setup.first_steps import FIRST_STEPS, is_first_start

    if is_first_start(complaints):
        return FIRST_STEPS
    return f"avatar-bot can't start yet. Please correct this, in the environment or in .env:\n\n{complaints}"


async def _serve_until_told(settings: "Settings") -> int:
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
    return _leave()


def _collect_seldom() -> None:
    """What was imported stays, and is not looked through again and again; while two thousand
    exports were recovered, these looks took a third of the CPU."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()


def _leave_within(seconds: float) -> None:
    """The process ends by then, in whatever it still is."""
    leaving = threading.Timer(seconds, _leave)
    leaving.daemon = True
    leaving.start()


def _leave() -> NoReturn:
    """Ends the process at once. All work is in the database, so nothing is lost with it.

    Python would join every thread first, and the engine's may wait a minute for a database that is away.
    """
    logging.shutdown()
    os._exit(0)


def _manifest(arguments: argparse.Namespace) -> int:
    from bot.cli.manifest import print_manifest

    return print_manifest(arguments.url, socket=arguments.socket)


def _init(arguments: argparse.Namespace) -> int:
    from bot.cli.setup.init import run_init

    return run_init(many=arguments.many)


def _check(_: argparse.Namespace) -> int:
    from bot.cli.check.command import run_check

    return run_check()


def _exports(arguments: argparse.Namespace) -> int:
    from bot.cli.exports.commands import list_exports, show_export

    if arguments.id:
        return show_export(arguments.id, as_json=arguments.json)
    wanted = {"state": arguments.state, "user_id": arguments.user, "team_id": arguments.team}
    return list_exports(**wanted, most=arguments.limit, as_json=arguments.json)


def _retry(arguments: argparse.Namespace) -> int:
    from bot.cli.exports.commands import retry_export

    return retry_export(arguments.id, yes=arguments.yes)


def _stop(arguments: argparse.Namespace) -> int:
    from bot.cli.exports.commands import stop_export

    return stop_export(arguments.id)


def _forget(arguments: argparse.Namespace) -> int:
    from bot.cli.exports.forget import forget_person

    return forget_person(arguments.user, arguments.team, yes=arguments.yes)


def _demo(arguments: argparse.Namespace) -> int:
    if importlib.util.find_spec("bot.demo") is None:
        print(NO_DEMO, file=sys.stderr)
        return 2
    if arguments.script is not None:
        from bot.demo.run import run_demo

        return run_demo(arguments.script)
    from bot.demo.page.run import run_page

    return run_page(arguments.port, open_browser=not arguments.no_browser)


if __name__ == "__main__":
    main()
