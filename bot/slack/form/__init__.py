"""The form in which a person describes a video: its view, its fields, and the handling of its answers."""
