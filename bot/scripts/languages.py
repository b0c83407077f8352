"""The script languages that the form offers."""

# AI Studios' export page shows `en`; other pages of the same API use ko, ja and zh, and the dubbing page lists
# locales for the rest (docs.aistudios.com, API V3). Each code stands as that documentation writes it.
LANGUAGES = (
    "en",
    "ko",
    "ja",
    "zh",
    "es-ES",
    "fr-FR",
    "de-DE",
    "it-IT",
    "pt-PT",
    "nl-NL",
    "ru-RU",
    "tr-TR",
    "ar-SA",
    "hi-IN",
    "id-ID",
)

DEFAULT_LANGUAGE = "en"


def language_for(locale: str) -> str:
    """The script language for a person's locale (`ko-KR` → `ko`); the default when none fits."""
    spoken = locale.replace("_", "-").split("-")[0].lower()
    return next((code for code in LANGUAGES if code.split("-")[0] == spoken), DEFAULT_LANGUAGE)
