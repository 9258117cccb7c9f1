"""``custpred serve RUN``: a finished run answers over HTTP, in JSON, with the numbers of ``custpred predict``.

``launch.py`` starts the server at a host of ``hosts.py``, ``door.py`` lets requests in, ``app.py`` holds the paths.
``customers.py`` and ``cells.py`` check and read what was sent, ``scorer.py`` scores those of many requests at once,
``schema.py`` says what may be sent.
"""
