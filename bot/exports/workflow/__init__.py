"""The durable workflow of one export, one file per stage; `registration` reads from top to bottom."""
