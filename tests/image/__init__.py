"""Carries out the Dockerfile without a container engine, as far as that goes: `python -m tests.image.run`."""
