"""The project at the vendor: searching it, following it, transferring its video."""
