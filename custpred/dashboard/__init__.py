"""``custpred dashboard RUN``: find customers, plan a campaign, score new customers and start runs in a browser.

``launch.py`` starts the server, ``app.py`` is its script, ``_views/`` has one file per page.  The other files compute
what pages show, without Streamlit; ``_prepare.py`` writes the files that ``_store.py`` reads.
"""
