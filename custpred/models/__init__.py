"""Models: one file for each kind.

``base.py`` is the contract, ``dummy.py`` the shortest implementation, ``linear.py`` a real model;
large helpers are in ``_boosting/``, ``_forests/``, ``_histories/`` and ``_networks/``.
"""
