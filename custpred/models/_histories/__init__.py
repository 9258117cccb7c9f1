"""Models of purchase histories: BG/NBD for how often, Gamma-Gamma for how much.

Start with ``purchases.py``, which reads the histories from prepared columns.
"""
