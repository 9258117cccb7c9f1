"""How class imbalance is met: one file per strategy."""
