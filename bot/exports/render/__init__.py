"""The project at the vendor: searches for it, follows its render, transfers its video."""
