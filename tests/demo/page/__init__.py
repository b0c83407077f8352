"""The page of the demo, tested through its server."""
