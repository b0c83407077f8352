"""Describes a request, for its announcement, its approval and direct messages."""

from bot.exports.models import ExportRequest, Requester
from bot.i18n import rough_length, t
from bot.scripts.speech import estimated_seconds
from bot.slack.blocks import Block, quoted, shortened

# Scripts from files may be longer than a message of Slack's can hold.
LONGEST_QUOTE = 3000


def requester_name(requester: Requester) -> str:
    """The requester as a mention; “Workflow Builder” for a step that names nobody."""
    locale, user = requester.locale, requester.user_id
    return t(locale, "announce.person", user=user) if user else t(locale, "announce.workflow")


def request_facts(request: ExportRequest) -> str:
    """Avatar, language, estimated length, and options other than the defaults, in one line."""
    locale, options = request.requester.locale, request.options
    facts = [
        t(
            locale,
            "announce.facts",
            avatar=options.avatar.name,
            language=t(locale, f"language.{options.language}"),
            length=rough_length(locale, estimated_seconds(options.script, options.language)),
        )
    ]
    if options.resolution != "1080":
        facts.append(t(locale, f"resolution.{options.resolution}"))
    if not options.is_export:
        facts.append(t(locale, "announce.draft"))
    return " · ".join(facts)


def quoted_script(request: ExportRequest) -> Block:
    """The script exactly as written, cut to LONGEST_QUOTE characters."""
    return quoted(shortened(request.options.script, LONGEST_QUOTE))
