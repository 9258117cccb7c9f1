"""What a table is like: one file per check."""
