"""AI Studios' V3 API (docs.aistudios.com): client, tokens, errors, webhook, download. Knows nothing of the rest."""
