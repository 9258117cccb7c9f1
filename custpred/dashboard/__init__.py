"""``custpred dashboard RUN``: look customers up, plan a campaign, score new customers, start a run; in a browser.

``launch.py`` starts the server, ``app.py`` is its script, ``_views/`` holds one file a page.  What pages show comes
from functions without Streamlit in the other files; ``_prepare.py`` writes once what ``_store.py`` reads.
"""
