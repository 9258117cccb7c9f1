"""What is predicted: one file per kind of target.

``base.py`` is the contract, ``column.py`` the common target; ``_horizon.py`` is for events.
"""
