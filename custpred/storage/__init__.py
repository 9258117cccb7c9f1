"""Files and folders of a run, written atomically.

``run_folder.py`` names the parts of a run folder; ``files.py`` writes and reads one file; ``scratch.py`` holds what a
run needs only while it lasts, ``locks.py`` says who owns it, and ``frames.py`` stores tables there.
"""
