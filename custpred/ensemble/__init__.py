"""How members are combined: one file per way."""
