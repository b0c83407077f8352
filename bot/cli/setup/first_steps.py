"""The steps before the first start, in order."""

from bot.cli.setup.value_sources import APPS, WHERE

_NEEDED = frozenset({"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "AISTUDIOS_APP_ID", "AISTUDIOS_USER_KEY"})

FIRST_STEPS = f"""\
Welcome! avatar-bot has no settings yet. This is the way to the first video, about five minutes:

1. Print the app's manifest, and keep it for the next step:
     avatar-bot manifest --socket                        without a public address
     avatar-bot manifest --url https://bot.example.com   with one
2. Create the app in Slack: {APPS} → Create New App → From a manifest.
3. Install it: on the app's page, Install App → Install to Workspace.
4. Have the values ready that the bot needs:
     bot token        {WHERE["SLACK_BOT_TOKEN"]}
     app token        {WHERE["SLACK_APP_TOKEN"]} (without a public address)
     signing secret   {WHERE["SLACK_SIGNING_SECRET"]} (with one)
     AI Studios keys  {WHERE["AISTUDIOS_APP_ID"]} (API access needs a paid plan)
5. Give them to the bot, which checks each and writes .env in this folder:
     avatar-bot init
6. Check that everything works together:
     avatar-bot check
7. Start the bot, and type /avatar in a channel:
     avatar-bot serve
   With a public address press Retry at the app's Event Subscriptions first: Slack could not verify the address before.

For many workspaces leave out step 3, and give the values to: avatar-bot init --many
To look around first, without any account: avatar-bot demo"""


def is_first_start(complaints: str) -> bool:
    """Whether every required setting is missing. `complaints` are those about the settings, one a line."""
    missing = {line.partition(":")[0] for line in complaints.splitlines() if ": is needed" in line}
    return missing >= _NEEDED
