"""What people read about a run: one file for each section.

``base.py`` is the contract, ``decisions.py`` a short section to read first; ``_page.py`` puts the sections together,
``_blocks.py`` lists what they may contain, ``_text.py`` writes numbers and translates sentences.
"""
