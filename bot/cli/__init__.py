"""The operator's commands, except `serve`."""
