"""Where customers and events come from: one file per kind of source."""
