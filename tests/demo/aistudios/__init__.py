"""The local AI Studios, tested over HTTP."""
