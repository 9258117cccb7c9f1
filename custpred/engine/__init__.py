"""Where fits run: one file for each engine.

``base.py`` is the contract, ``inline.py`` its shortest form; ``local.py`` runs each fit in a process of its own, with
``_pool.py`` for the processes and ``_child.py`` for what they do.  ``dask.py`` is a cluster, with ``_cluster.py`` here,
``_worker.py`` there, and ``_parcel.py`` for the files between them.
"""
