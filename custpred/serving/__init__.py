"""``custpred serve RUN``: scores of a finished run over HTTP, equal to ``custpred predict``'s.

``launch.py`` starts the server at a host of ``hosts.py``, ``access.py`` authorises requests,
``app.py`` has the paths.  ``customers.py`` and ``cells.py`` check and read requests, ``scorer.py``
scores customers of many requests together, and ``schema.py`` describes requests and responses.
"""
