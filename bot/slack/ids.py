"""The ids by which Slack and the bot name the same thing. They are also in messages already posted: never reuse one."""

COMMAND = "/avatar"
FORM = "avatar_form"
GLOBAL_SHORTCUT = "make_avatar_video"
MESSAGE_SHORTCUT = "turn_into_avatar_video"
STEP = "create_avatar_video"

MODEL = "model"
LANGUAGE = "language"
SCRIPT = "script"
PLACE = "place"

SUBMIT_AGAIN = "submit_again"
LEAVE_IT = "leave_it"
TRY_AGAIN = "try_again"
EDIT = "edit_and_try_again"
ANOTHER = "another_version"
STOP = "stop_export"
DISCARD = "delete_project"
APPROVE = "approve"
DECLINE = "decline"

EXPORT_METADATA = "avatar_export"
