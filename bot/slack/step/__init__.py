"""*Create avatar video*, the step of Workflow Builder: its inputs, its start, and its completion."""
