"""The report of a run: one file per section.

Start with ``base.py``, the contract, and ``decisions.py``, a short section.  ``_page.py`` assembles the sections,
``_blocks.py`` lists what they may contain, ``_text.py`` formats numbers and translates sentences.
"""
