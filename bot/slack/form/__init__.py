"""The form in which a person says what their video is to be: its view, its fields, and what happens to its answers."""
