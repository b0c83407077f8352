"""*Create avatar video*, the step of Workflow Builder: its inputs, how it begins, and how it is completed."""
