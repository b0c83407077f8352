"""Slack's error codes that several modules use."""

# For a bot that is not let in, or not so far: a person can do nothing about it, only whoever installed the bot.
NO_ACCESS = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("missing_scope", "no_permission"),
    }
)
