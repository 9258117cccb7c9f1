"""``custpred dashboard RUN``: customers, campaigns, scoring and new runs in a browser.

``launch.py`` starts the server, ``app.py`` is its script, ``_views/`` has one file per page.  The
others compute their content without Streamlit; ``_prepare.py`` writes what ``_store.py`` reads.
"""
