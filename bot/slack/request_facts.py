"""What a request is about: the pieces that its announcement, its approval and direct messages have in common."""

from bot.exports.models import ExportRequest, Requester
from bot.i18n import rough_length, t
from bot.scripts.speech import estimated_seconds
from bot.slack.blocks import Block, quoted, shortened

# Scripts from files may be longer than a message of Slack's can hold.
LONGEST_QUOTE = 3000


def requester_name(requester: Requester) -> str:
    """Whom a video is for, as a mention; a step of Workflow Builder need not name anybody."""
    locale, user = requester.locale, requester.user_id
    return t(locale, "announce.person", user=user) if user else t(locale, "announce.workflow")


def request_facts(request: ExportRequest) -> str:
    """Avatar, language and estimated length, and what was chosen besides."""
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
    """The script exactly as written, as far as a message can hold it."""
    return quoted(shortened(request.options.script, LONGEST_QUOTE))
