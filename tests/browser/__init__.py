"""The demo page in a real browser: what a person sees, presses and types."""
