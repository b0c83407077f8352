"""The AI Studios account of a workspace, which its admins connect, replace and disconnect in the Home tab."""
