"""From YAML to a checked recipe: keys, shorthands, messages with line and column, templates, reference.

Start with ``keys.py``, the one file that knows all keys; ``file.py`` reads YAML into it, ``question.py`` asks events.
"""
