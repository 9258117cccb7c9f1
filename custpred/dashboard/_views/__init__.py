"""One file a page, in a folder that is not called ``pages``, which Streamlit would take for its own.

``frame.py`` puts them together.  Pages place widgets; what they show is computed elsewhere.
"""
