"""The demo, and the local servers that the other tests use."""
