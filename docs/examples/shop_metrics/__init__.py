"""Metrics of a shop, used by ``plugin.py``: each module is one kind, such as ``shop_metrics.missed``."""
