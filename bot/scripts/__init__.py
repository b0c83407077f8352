"""Scripts: reads them from files, checks their writing system, and estimates the length of the speech."""
