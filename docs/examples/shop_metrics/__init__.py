"""Metrics of a shop, used by ``plugin.py``: each module is one kind (``shop_metrics.missed``)."""
