"""The question that is asked when the script's writing system does not fit its language."""

from __future__ import annotations

import hashlib

from bot.exports.models import Stored
from bot.i18n import rough_length, t
from bot.scripts.speech import estimated_seconds
from bot.scripts.writing_systems import WritingSystem, mismatch
from bot.slack import ids
from bot.slack.blocks import Block, plain


class LanguageQuestion(Stored):
    """The question as it was asked.

    `digest` identifies the script and the language in question; `seconds` is the estimated length of the speech.
    """

    digest: str
    writing: WritingSystem
    language: str
    seconds: float


def question_about(script: str, language: str) -> LanguageQuestion | None:
    """The question about this script and language; None when the writing system fits."""
    writing = mismatch(script, language)
    if writing is None:
        return None
    digest = hashlib.sha256(f"{language}\n{script}".encode("utf-8", "surrogatepass")).hexdigest()
    seconds = estimated_seconds(script, language)
    return LanguageQuestion(digest=digest, writing=writing, language=language, seconds=seconds)


def question_block(locale: str, question: LanguageQuestion) -> Block:
    """The question in words. The form's submit button confirms it."""
    words = t(
        locale,
        "form.mismatch",
        writing=t(locale, f"writing.{question.writing}"),
        language=t(locale, f"language.{question.language}"),
        length=rough_length(locale, question.seconds),
        submit=t(locale, "form.submit_anyway"),
    )
    return {"type": "section", "block_id": ids.MISMATCH, "text": plain(words)}
