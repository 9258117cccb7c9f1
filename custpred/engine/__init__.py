"""Engines run the fits: one file per engine.

Start with ``base.py``, the contract, and ``inline.py``, the simplest.  ``local.py`` runs each fit
in its own process (``_pool.py``, ``_child.py``).  ``dask.py`` uses a cluster (``_cluster.py`` on
the driver, ``_worker.py`` on the workers, ``_parcel.py`` for files between them).
"""
