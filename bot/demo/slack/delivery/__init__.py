"""How payloads reach the app: over HTTP or by Socket Mode, and the addresses on which it may answer later."""
