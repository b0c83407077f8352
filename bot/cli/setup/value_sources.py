"""Where an operator finds the value of each setting."""

from collections.abc import Mapping

APPS = "https://api.slack.com/apps"
# https://docs.deepbrain.io/aistudioV3/reference/auth
_STUDIO_KEYS = "https://app.aistudios.com → your account's name → Profile → Issue API Key, at the bottom"

WHERE: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": f"{APPS} → your app → OAuth & Permissions → Bot User OAuth Token",
    "SLACK_APP_TOKEN": f"{APPS} → your app → Basic Information → App-Level Tokens → Generate Token and Scopes, "
    "with connections:write",
    "SLACK_SIGNING_SECRET": f"{APPS} → your app → Basic Information → Signing Secret",
    "SLACK_CLIENT_ID": f"{APPS} → your app → Basic Information → App Credentials",
    "SLACK_CLIENT_SECRET": f"{APPS} → your app → Basic Information → App Credentials",
    "AISTUDIOS_APP_ID": _STUDIO_KEYS,
    "AISTUDIOS_USER_KEY": _STUDIO_KEYS,
}
