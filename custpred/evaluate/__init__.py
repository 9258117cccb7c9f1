"""How good the answer is, and where: one file per measure."""
