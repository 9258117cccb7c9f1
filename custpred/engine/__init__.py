"""Engines run the fits: one file per engine.

Start with ``base.py``, the contract, and ``inline.py``, the simplest engine.  ``local.py`` runs each fit in a separate
process (``_pool.py``, ``_child.py``).  ``dask.py`` uses a cluster (``_cluster.py`` on the driver, ``_worker.py`` on the
workers, ``_parcel.py`` for the files between them).
"""
