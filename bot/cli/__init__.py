"""What an operator does at the command line, besides letting the bot serve."""
