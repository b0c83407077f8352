"""The shortcuts that open the form: an empty one, and one whose script is a message's words."""
