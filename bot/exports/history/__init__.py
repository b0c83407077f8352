"""What is known of exports: the table that lists and limits ask, views for people and operators, and deletion."""
