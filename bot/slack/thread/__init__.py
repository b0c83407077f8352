"""The thread of an export: its announcement, the reply that is edited, the notification, and the buttons below them.

`thread.py` implements `exports.ports.Thread`; `listener.py` receives what is pressed.
"""
