"""How good answers are: one file per metric."""
