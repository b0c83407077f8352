"""`avatar-bot forget`: deletes a person's stored data."""

from bot.cli.exports.offline_command import Offline, ask, run_offline, team_id_of, user_id_of
from bot.exports.history.erasure import Erasure, ExternalLeftovers, PersonData, data_of, erase
from bot.exports.history.operator import NotPossible
from bot.settings import Settings

_ELSEWHERE = """\
What stays elsewhere, and how to delete it:
- In Slack: the bot's messages, which quote the scripts, and the video files in its threads. An admin of the workspace
  can delete both there.
- At AI Studios: the projects with scripts and videos. Delete them on the AI Studios dashboard.
- In this database: the id of whoever installed the bot in a workspace, or connected its AI Studios account, until the
  bot is removed there, or the account replaced.
- Backups of the database keep what they hold. Logs hold ids, and no scripts."""
_THEIRS = "What they had in Slack and at AI Studios (it can't be listed again later):"
_WITHOUT_BOT = """\
No bot runs on this database, so what is still under way can't be stopped yet. Please start the bot, which stops it, and
run the same command again."""
_TOO_SLOW = """\
It is being stopped, but that takes longer (a file on its way into Slack arrives there first, and one in line waits
for its turn). Please run the same command again in a while."""
_BUSY_FILE = "The bot was too busy to clean its database file now; it does that itself within the hour."


def forget_person(typed: str, typed_team: str | None, *, yes: bool) -> int:
    """Stops and deletes a person's exports after the operator confirms.

    Returns the exit code: 1 when some could not be deleted, otherwise 0.
    """

    async def act(offline: Offline, _: Settings) -> int:
        team_id = team_id_of(typed_team) if typed_team else None
        person = _one_of(await offline.records.people(user_id_of(typed), team_id), typed, team_id)
        ask(_what_it_means(person, await data_of(offline.client.client, offline.records, person)), yes=yes)
        erasure = await erase(offline.client, offline.records, offline.operator, person)
        print(_report(erasure, bot_runs=offline.client.bot_runs))
        return 1 if erasure.left else 0

    return run_offline(act)


def _one_of(people: list[str], typed: str, team_id: str | None) -> str:
    """The only person who matches. Raises NotPossible for none or several."""
    if not people:
        raise NotPossible(f"Nothing is stored about {typed}{f' in workspace {team_id}' if team_id else ''}.")
    if len(people) > 1:
        teams = ", ".join(person.partition(":")[0] for person in people)
        raise NotPossible(f"{typed} is known in several workspaces: {teams}. Say which one with --team.")
    return people[0]


def _what_it_means(person: str, data: PersonData) -> str:
    team_id, _, user_id = person.partition(":")
    running = f" {_exports(len(data.running))} still under way, which is stopped first." if data.running else ""
    return (
        f"This deletes what is stored about {user_id} (workspace {team_id}) for good: {_exports(_count(data))} with "
        f"scripts, steps and decisions.{running} Delete it?"
    )


def _count(data: PersonData) -> int:
    return len(data.ended) + len(data.running)


def _report(erasure: Erasure, *, bot_runs: bool) -> str:
    paragraphs = [f"Deleted: {_exports(len(erasure.deleted))} with scripts and everything recorded about them."]
    if erasure.left:
        paragraphs.append(f"Not deleted yet: {_exports(erasure.left)}. {_TOO_SLOW if bot_runs else _WITHOUT_BOT}")
    if not erasure.scrubbed:
        paragraphs.append(_BUSY_FILE)
    paragraphs.append(_ELSEWHERE)
    if places := [place for leftovers in erasure.deleted if (place := _place(leftovers))]:
        paragraphs.append("\n".join([_THEIRS, *places]))
    return "\n\n".join(paragraphs)


def _place(leftovers: ExternalLeftovers) -> str:
    thread = f"channel {leftovers.posted.channel_id}, thread {leftovers.posted.root_ts}" if leftovers.posted else ""
    projects = [f"project {project_id}" for project_id in leftovers.projects]
    return "- " + ", ".join(part for part in (thread, *projects) if part) if thread or projects else ""


def _exports(number: int) -> str:
    return "1 export" if number == 1 else f"{number} exports"
