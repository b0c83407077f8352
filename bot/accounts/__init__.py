"""The AI Studios accounts that videos are made with, and what they offer.

The rest of the bot reaches AI Studios through this package: `vendor` implements `bot.exports.ports.Vendor`, `webhook`
reads its calls, `credentials_check` asks what credentials give access to, and `models` holds what people choose from.
"""
