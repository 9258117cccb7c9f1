"""Tools for agents, by the Model Context Protocol: begin with ``server.py``, which lists them."""
