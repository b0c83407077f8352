"""The thread of an export: its announcement, the reply that is edited, the notification, and their buttons.

`thread.py` implements `exports.ports.Thread`; `listener.py` handles the buttons.
"""
