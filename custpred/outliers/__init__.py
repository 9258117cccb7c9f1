"""How values far from the others are met: one file per strategy."""
