"""The ids by which Slack and the bot name the same thing. They are also in messages already posted: never reuse one."""

COMMAND = "/avatar"
FORM = "avatar_form"

MODEL = "model"
LANGUAGE = "language"
SCRIPT = "script"
PLACE = "place"


SUBMIT_AGAIN = "submit_again"
LEAVE_IT = "leave_it"

EXPORT_METADATA = "avatar_export"
