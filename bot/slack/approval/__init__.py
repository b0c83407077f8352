"""The approval of a request: its message in the approval channel, and the form that asks for a reason to decline."""
