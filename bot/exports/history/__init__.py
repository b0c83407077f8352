"""The history of exports: the table for lists and limits, views for people and operators, and deletion."""
