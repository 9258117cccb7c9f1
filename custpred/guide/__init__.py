"""What people and agents read about custpred, made from the commands' own help.

Begin with ``pages.py``: the reference of the commands, ``llms.txt`` and the skill file.  ``commands.py`` has the
commands that inform: kinds, schemas, codes and sample tables.
"""
