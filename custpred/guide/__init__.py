"""Documentation for people and agents, generated from the help of the commands.

Start with ``pages.py``: the reference of the commands, ``llms.txt`` and the skill file.
``commands.py`` has the commands about kinds, schemas, codes and sample tables.
"""
