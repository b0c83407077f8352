"""The form's fields. The code that shows a field and the code that reads its answer are in one class."""

from bot.slack.form.fields.main import MAIN_FIELDS
from bot.slack.form.fields.more_options import MORE_FIELDS, SCRIPT_FILE

FIELDS = MAIN_FIELDS + MORE_FIELDS
# What only the AI Studios account has that it was chosen for.
ACCOUNT_OPTIONS = tuple(field.option for field in FIELDS if field.option and field.of_account)

__all__ = ["ACCOUNT_OPTIONS", "FIELDS", "MAIN_FIELDS", "MORE_FIELDS", "SCRIPT_FILE"]
