"""The initial state of a form."""

from bot.exports.models import ExportRequest, Origin, RequestOptions
from bot.scripts.languages import LANGUAGES, language_for
from bot.scripts.writing_systems import well_formed
from bot.slack.form.fields import ACCOUNT_OPTIONS, MORE_FIELDS
from bot.slack.form.state import DEFAULTS, SCRIPT_LIMIT, FormState, with_changes


def new_form(
    words: str, *, locale: str, last: RequestOptions | None = None, channel_id: str = "", origin: Origin | None = None
) -> FormState:
    """The words become the script; avatar and language are the ones in `last`, otherwise the defaults."""
    last = last or DEFAULTS
    script = well_formed(words)
    options = RequestOptions(
        avatar=last.avatar,
        language=_offered_language(last.language, locale),
        script=script[:SCRIPT_LIMIT],
        channel_id=channel_id,
    )
    return FormState(options=options, origin=origin, cut=len(words) > SCRIPT_LIMIT)


def form_of(request: ExportRequest) -> FormState:
    """The form's state for this request; a script from a file is cut to the field's limit.

    The fields behind *More options* are shown when one of them has no default value.
    """
    chosen = request.options
    options = with_changes(
        chosen,
        language=_offered_language(chosen.language, request.requester.locale),
        script=chosen.script[:SCRIPT_LIMIT],
    )
    unusual = any(not field.is_default(options) for field in MORE_FIELDS)
    return FormState(
        options=options, origin=request.origin, cut=len(chosen.script) > SCRIPT_LIMIT, more_options=unusual
    )


def for_another_account(options: RequestOptions) -> RequestOptions:
    """The options without those that depend on the AI Studios account."""
    return options.model_copy(update={option: getattr(DEFAULTS, option) for option in ACCOUNT_OPTIONS})


def _offered_language(language: str, locale: str) -> str:
    """This language if the form offers it, otherwise the language of the locale."""
    return language if language in LANGUAGES else language_for(locale)
