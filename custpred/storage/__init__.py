"""Files and folders of a run, written atomically.

``run_folder.py`` claims a run folder; ``files.py`` writes and reads single files; ``scratch.py``
makes temporary folders, ``locks.py`` records their owners, and ``frames.py`` stores tables in them.
"""
