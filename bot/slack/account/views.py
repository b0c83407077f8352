"""The AI Studios account that a workspace uses: in its admins' Home tab, and the form that connects one."""

from bot.accounts.connection import Connection
from bot.i18n import t
from bot.slack import ids
from bot.slack.blocks import Block, button, confirmation, mrkdwn, plain, section

# Far longer than the vendor's own, and far shorter than a view may be.
LONGEST_KEY = 500


def account_section(locale: str, connection: Connection) -> list[Block]:
    """The blocks that say which account is used, with buttons to change it. They show only the end of the app id."""
    return [
        {"type": "header", "text": plain(t(locale, "account.title"))},
        section(_used(locale, connection)),
        *_facts(locale, connection),
        {"type": "actions", "elements": _buttons(locale, connection)},
    ]


def account_needed(locale: str) -> list[Block]:
    """The message that no video can be made because no account is connected."""
    return [section(t(locale, "account.none"))]


def account_form(locale: str) -> Block:
    """The modal that asks for the credentials. It warns that they are visible: Slack has no field for passwords."""
    return {
        "type": "modal",
        "callback_id": ids.ACCOUNT_FORM,
        "title": plain(t(locale, "account.title")),
        "submit": plain(t(locale, "account.submit")),
        "close": plain(t(locale, "form.close")),
        "blocks": [
            section(t(locale, "account.about")),
            _field(ids.APP_ID, t(locale, "account.app_id"), t(locale, "account.app_id_hint")),
            _field(ids.USER_KEY, t(locale, "account.user_key"), t(locale, "account.user_key_hint")),
        ],
    }


def account_notice(locale: str, words: str) -> Block:
    """The modal that shows why nothing was opened or changed: a press of a button can't be answered with words."""
    return {
        "type": "modal",
        "title": plain(t(locale, "account.title")),
        "close": plain(t(locale, "account.close")),
        "blocks": [section(words)],
    }


def _used(locale: str, connection: Connection) -> str:
    if connection.is_unreadable:
        return t(locale, "account.unreadable")
    match connection.kind:
        case "own":
            return t(locale, "account.own")
        case "operator":
            return t(locale, "account.operator")
        case "none":
            return t(locale, "account.connect_first")


def _facts(locale: str, connection: Connection) -> list[Block]:
    """The account's facts as plain text: the app id was typed by a person."""
    facts: list[Block] = []
    if moment := connection.connected_at:
        # In the reader's own time zone (docs.slack.dev/messaging/formatting-message-text#date-formatting).
        when = f"<!date^{int(moment.timestamp())}^{{date_short_pretty}}|{moment:%Y-%m-%d} UTC>"
        facts.append(plain(t(locale, "account.id", end=connection.app_id_end)))
        facts.append(mrkdwn(t(locale, "account.connected", user=connection.connected_by, when=when)))
    if connection.avatars is not None:
        facts.append(plain(t(locale, "account.avatars", count=connection.avatars)))
    elif connection.kind != "none":
        facts.append(plain(t(locale, "account.not_read")))
    return [{"type": "context", "elements": facts}] if facts else []


def _buttons(locale: str, connection: Connection) -> list[Block]:
    if connection.kind != "own" and not connection.is_unreadable:
        label = t(locale, "account.connect")
        return [{**button(label, ids.CONNECT_ACCOUNT, ids.CONNECT_ACCOUNT), "style": "primary"}]
    after = "account.disconnect_to_operator" if connection.has_operators else "account.disconnect_to_none"
    confirm = confirmation(
        title=t(locale, "account.disconnect_title"),
        text=t(locale, after),
        yes=t(locale, "account.disconnect"),
        no=t(locale, "question.confirm_no"),
    )
    disconnect = button(t(locale, "account.disconnect"), ids.DISCONNECT_ACCOUNT, ids.DISCONNECT_ACCOUNT)
    return [
        button(t(locale, "account.replace"), ids.CONNECT_ACCOUNT, ids.CONNECT_ACCOUNT),
        {**disconnect, "style": "danger", "confirm": confirm},
    ]


def _field(field: str, label: str, hint: str) -> Block:
    element = {"type": "plain_text_input", "action_id": field, "max_length": LONGEST_KEY}
    return {"type": "input", "block_id": field, "label": plain(label), "hint": plain(hint), "element": element}
