"""What is predicted: one file for each kind of target.

``base.py`` is the contract, ``column.py`` the usual target; ``_horizon.py`` is shared by the targets about events.
"""
