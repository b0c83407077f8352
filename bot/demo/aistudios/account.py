"""What one AI Studios account owns: its credentials, tokens, avatars and workspaces."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.demo.video import Speaker


@dataclass(frozen=True)
class DemoModel:
    """One avatar of the account, with what `GET /model` and `GET /dropdown/models` say about it.

    The vendor's documents list the field `avatarType` but none of its values; "custom" and "stock" are ours.
    """

    id: str
    english: str
    korean: str
    avatar_type: str = "stock"
    clothes: tuple[str, ...] = ("Casual",)
    in_dropdown: bool = True


@dataclass(frozen=True)
class DemoWorkspace:
    """A workspace that a project can belong to."""

    id: str
    name: str


DEMO_MODELS = (
    DemoModel("68f1c2a94be07d13a5e9b3c1", "Sera Kim (studio)", "김세라 (스튜디오)", "custom", ("Navy suit",)),
    DemoModel("68f1c2d74be07d13a5e9b3c8", "Daniel Park, CEO", "박다니엘 대표", "custom", ("Grey jacket",)),
    DemoModel("M000000101", "Olivia", "올리비아", clothes=("Blazer", "Casual")),
    DemoModel("M000000102", "Haru", "하루", clothes=("Hanbok", "Shirt")),
    DemoModel("M000000103", "Mateo", "마테오"),
    DemoModel("M000000104", "Ji-woo", "지우", clothes=("Suit",)),
    DemoModel("M000000105", "Amara", "아마라", in_dropdown=False),
)
DEMO_WORKSPACES = (
    DemoWorkspace("68e0aa10c3f2b45d9e71a001", "Marketing"),
    DemoWorkspace("68e0aa10c3f2b45d9e71a002", "교육팀"),
)
# The vendor's page on the custom-avatar export uses this id in its example.
UNLISTED_MODELS = ("67da28f034b05ae2e4385a2b",)
TOKEN_SECONDS = 86_400


class Tokens:
    """Tokens as `POST /auth/token` issues them: each lives `seconds` from its issue."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._valid_until: dict[str, float] = {}

    def issue(self) -> str:
        """A new token; the earlier ones stay valid."""
        token = secrets.token_urlsafe(32)
        self._valid_until[token] = time.monotonic() + self._seconds
        return token

    def is_valid(self, token: str) -> bool:
        """Whether this raw token was issued here and still lives."""
        return time.monotonic() < self._valid_until.get(token, 0.0)

    def expire(self) -> None:
        """Let every token be past its life."""
        self._valid_until = dict.fromkeys(self._valid_until, 0.0)

    def revoke(self) -> None:
        """Forget every token, as if none had been issued."""
        self._valid_until.clear()


@dataclass(eq=False)
class Account:
    """A customer of this local AI Studios. `credits` is what they have left, None for more than they can use."""

    app_id: str
    user_key: str
    tokens: Tokens = field(default_factory=lambda: Tokens(TOKEN_SECONDS))
    models: Sequence[DemoModel] = DEMO_MODELS
    unlisted: Sequence[str] = UNLISTED_MODELS
    workspaces: Sequence[DemoWorkspace] = DEMO_WORKSPACES
    credits: int | None = None
    _by_id: dict[str, DemoModel] = field(init=False)

    def __post_init__(self) -> None:
        self._by_id = {model.id: model for model in self.models}

    def accepts(self, app_id: str, user_key: str) -> bool:
        """Whether these are the account's credentials."""
        return (app_id, user_key) == (self.app_id, self.user_key)

    def pay(self, credits: int) -> None:
        """Take what a video costs from what is left."""
        if self.credits is not None:
            self.credits = max(0, self.credits - credits)

    def may_use(self, model_id: str) -> bool:
        """Whether an export may name this avatar: a listed one, or a custom one that no list shows."""
        return model_id in self._by_id or model_id in self.unlisted

    def has_workspace(self, workspace_id: str) -> bool:
        """Whether this workspace belongs to the account."""
        return any(workspace.id == workspace_id for workspace in self.workspaces)

    def speaker(self, model_id: str, language: str) -> Speaker:
        """The avatar under its name in the script's language."""
        model = self._by_id.get(model_id)
        if model is None:
            return Speaker("Custom avatar", model_id)
        return Speaker(model.korean if language.startswith("ko") else model.english, model_id)
