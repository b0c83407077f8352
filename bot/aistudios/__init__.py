"""AI Studios' V3 API (docs.aistudios.com): client, tokens, errors, webhook, download. Independent of the bot."""
