"""Where work is done: one file per engine."""
