"""From YAML to a validated recipe: keys, shorthands, messages with positions, templates.

Start with ``keys.py``, the only file with all keys; ``file.py`` reads YAML into it, ``question.py``
makes customers and labels from events.
"""
