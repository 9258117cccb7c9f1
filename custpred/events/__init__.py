"""From tables of events to one row a customer and cutoff: spans, cutoffs, tables, and the SQL that gathers them."""
