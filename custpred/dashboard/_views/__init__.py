"""One file per page, in a folder not called ``pages``, which Streamlit would load by itself.

Start with ``frame.py``, which assembles the pages; their content is computed elsewhere.
"""
