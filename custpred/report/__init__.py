"""What a result looks like: one file per section."""
