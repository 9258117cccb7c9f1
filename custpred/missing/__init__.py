"""How gaps are met: one file per strategy."""
