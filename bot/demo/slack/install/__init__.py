"""Installing the app by OAuth, and the tokens that come of it."""
