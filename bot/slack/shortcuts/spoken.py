"""Turns the mrkdwn of a Slack message into text to be spoken."""

import re
from collections.abc import Iterator, Mapping

import emoji

# docs.slack.dev/messaging/formatting-message-text: raw text has < > only around entities, typed ones are &lt; &gt;.
_ENTITY = re.compile(r"<([^<>\n]*)>")
_USER = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>\n]*)?>")
_LEFT_OF_AN_ENTITY = re.compile(r"(?<!<)<+(?=[@#!])")
_NO_ADDRESS_BEFORE = re.compile(r"^(?:mailto|tel|slack):(?!//)|\?.*$")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)")
_ESCAPES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ESCAPE = re.compile("|".join(_ESCAPES))

_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_LINE_START = re.compile(r"^(?:[ \t]*(?:&gt;|>))*(?:[ \t]*[•◦▪▫‣–\-*]\ufe0e?(?=[ \t]))?[ \t]*", re.MULTILINE)
# A mark opens where no word goes on, and within a word it is no mark (2*3*4, snake_case). A particle of Korean or
# Japanese may follow the closing one: *아바타*가.
_STYLES = tuple(
    re.compile(
        rf"(?<!{before}){mark}(?=[^\s{mark}])((?:[^{mark}\n]|(?<=[^\W_]){mark}(?=[^\W_]))*)"
        rf"(?<=\S){mark}(?![A-Za-z0-9{mark}])"
    )
    for mark, before in (("_", r"\w"), ("~", r"[^\W_]"), (r"\*", r"[^\W_]"))
)

# `:name:`, with a skin tone as one more name. Within words and times (a:b:c, 10:30:45) colons are only colons, but
# an emoji may stick to the end of a word. Of digits alone Slack has only :100: and :1234:.
_EMOJI_NAMES = re.compile(
    r"(?<![\w:])(?::(?:(?!\d+:)(?:[^\WA-Z]|[+'-]){1,100}|100|1234):)+"
    r"|(?<=[^\W\d_])(?::(?!\d+:)[a-z0-9_+'-]{2,100}:)+(?![A-Za-z0-9])"
)
# Parts of emoji that stand alone: flag letters, skin tones, the emoji form and the key around a digit.
_EMOJI_REST = re.compile("[\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\ufe0f\u20e3]")

# From the Private Use Area, so that no text of a person has them.
_CODE_HERE = "\ue000"
_NOTHING_HERE = "\ue001"
_EMPTY_LINES = re.compile(r"\n{3,}")
_OURS = re.compile(f"[{_CODE_HERE}{_NOTHING_HERE}]")
_UNSAID = re.compile(rf"[ \t]*{_NOTHING_HERE}[{_NOTHING_HERE} \t]*(?P<end>(?=[\s.,:;!?…)\]。、，！？]|$))?")


def mentioned_users(text: str) -> list[str]:
    """The ids of the users whom a message mentions, without duplicates, in order."""
    return list(dict.fromkeys(_USER.findall(text)))


def spoken(text: str, names: Mapping[str, str], *, someone: str) -> str:
    """The text of a message without emoji, styles, bullets and URLs.

    `names` are people's names by user id, and names of user groups and channels by their ids where known; `someone`
    replaces people without a name in `names` or in the text.
    """
    text, codes = _code_set_aside(_OURS.sub("", text))
    text = _LINE_START.sub("", text)
    text = _EMOJI_NAMES.sub(_NOTHING_HERE, text)
    for style in _STYLES:
        text = style.sub(r"\1", text)
    text = re.sub(_CODE_HERE, lambda _: next(codes), text)
    text = _ENTITY.sub(lambda entity: _entity(entity[1], names, someone), text)
    text = _ESCAPE.sub(lambda escape: _ESCAPES[escape[0]], text)
    return _tidy(_LEFT_OF_AN_ENTITY.sub("", _without_emoji(text)))


def _code_set_aside(text: str) -> tuple[str, Iterator[str]]:
    """The text with placeholders for its code, and the code: markup and emoji codes are not parsed in it."""
    codes = (fence or line for fence, line in _CODE.findall(text))
    return _CODE.sub(_CODE_HERE, text), codes


def _entity(inner: str, names: Mapping[str, str], someone: str) -> str:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return names.get(target[1:]) or label.removeprefix("@") or someone
    if target.startswith("#"):
        return names.get(target[1:]) or label.removeprefix("#") or _NOTHING_HERE
    if target.startswith("!subteam^"):
        return names.get(target.removeprefix("!subteam^")) or label.removeprefix("@") or someone
    if target.startswith("!date^"):
        return label or _NOTHING_HERE
    return _NOTHING_HERE if target.startswith("!") else _link(target, label)


def _link(target: str, label: str) -> str:
    """A link's label; the site's name when the label is the URL itself."""
    shown = label or _NO_ADDRESS_BEFORE.sub("", target)
    address = _ADDRESS.match(shown)
    return address[1] if address else shown


def _without_emoji(text: str) -> str:
    return _EMOJI_REST.sub("", emoji.replace_emoji(text, _NOTHING_HERE))


def _tidy(text: str) -> str:
    """The text without the gaps that removed parts leave."""
    text = _UNSAID.sub(lambda gap: " " if gap["end"] is None else "", text)
    lines = "\n".join(line.strip() for line in text.splitlines())
    return _EMPTY_LINES.sub("\n\n", lines).strip()
