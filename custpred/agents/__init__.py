"""Tools for agents, via the Model Context Protocol.

Start with ``server.py``, which lists the tools.  ``tools.py`` calls custpred's commands as
processes, ``jobs.py`` follows runs in progress, ``confined.py`` restricts paths to one folder.
"""
