"""What learns: one file for each model.

``base.py`` is the contract, ``dummy.py`` its shortest form, ``linear.py`` a real model; large helpers stand in
``_boosting/``, ``_forests/``, ``_histories/`` and ``_networks/``.
"""
