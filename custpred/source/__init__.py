"""Where customers and events come from: one file per kind of source.

``base.py`` is the contract, ``frame.py`` its simplest implementation; ``_reading/`` reads cells,
``_typing/`` infers the type of each column, ``_samples/`` makes the sample data.
"""
