"""`/avatar`: opens the form, lists the person's newest videos, or shows the help."""
