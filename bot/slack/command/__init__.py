"""`/avatar`: the form, the person's newest videos, or what the app can do."""
