"""Texts to speak: read from files, checked for their writing system, and how long speaking them takes."""
