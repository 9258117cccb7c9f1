"""Where customers and events come from: one file for each kind of source.

``base.py`` is the contract, ``frame.py`` its shortest form; ``_reading/`` reads cells, ``_typing/`` finds the type of
each column, ``_samples/`` makes the sample data.
"""
