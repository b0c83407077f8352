"""A token for clients whose token does not matter."""


class FixedToken:
    """A token that no call is needed for, and that stays the same (bot.aistudios.auth.Tokens)."""

    def __init__(self, value: str = "token") -> None:
        self._token = value

    async def token(self) -> str:
        return self._token

    async def renew(self, _rejected: str, /) -> str:
        return self._token
