"""The shortcuts that open the form: with an empty script, or with a message's text as the script."""
