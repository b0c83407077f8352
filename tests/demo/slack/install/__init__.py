"""Installing the app in the local Slack by OAuth, and several workspaces beside each other."""
