"""Avatars as options of a select menu."""

from collections.abc import Sequence

from bot.accounts.avatars import is_vendor_id, looks_like_model_id
from bot.accounts.models import AvatarModel
from bot.i18n import t
from bot.slack.blocks import LONGEST_OPTION_VALUE, Block, option, plain

# docs.slack.dev: an external_select takes at most 100 options.
MOST_OPTIONS = 100


def avatar_options(locale: str, typed: str, models: Sequence[AvatarModel]) -> list[Block]:
    """The options for these avatars; a pasted id that is in no list becomes an option for itself."""
    typed = typed.strip()
    options = [option(full_name(locale, model), model.id) for model in models if len(model.id) <= LONGEST_OPTION_VALUE]
    listed = any(model.id == typed for model in models)
    if not listed and (is_vendor_id(typed) or (not options and looks_like_model_id(typed))):
        options.append({**option(typed, typed), "description": plain(t(locale, "options.pasted"))})
    return options[:MOST_OPTIONS]


def name_for(locale: str, model: AvatarModel) -> str:
    """The avatar's name in the person's language."""
    return model.label_ko if locale.lower().startswith("ko") else model.label_en


def full_name(locale: str, model: AvatarModel) -> str:
    """Both names when they differ, with the name in the person's language first."""
    own = name_for(locale, model)
    other = model.label_en if own == model.label_ko else model.label_ko
    return own if own == other else f"{own} · {other}"
