"""The report of a run: one file per section.

Start with ``base.py``, the contract, and ``decisions.py``, a short section.  ``_page.py`` assembles
sections, ``_blocks.py`` lists their blocks, ``_text.py`` formats numbers and translates.
"""
