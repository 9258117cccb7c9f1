"""Tools for agents, by the Model Context Protocol.

Begin with ``server.py``, which lists the tools.  ``desk.py`` calls custpred's own commands as processes, ``jobs.py``
keeps runs that go on, ``confined.py`` keeps paths below one folder.
"""
