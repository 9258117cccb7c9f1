"""How configurations are chosen: one file per search."""
