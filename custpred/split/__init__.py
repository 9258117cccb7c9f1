"""Which rows are test and which are held out: one file per way to split."""
