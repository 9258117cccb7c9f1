"""What people and agents read about custpred, made from the commands' own help; begin with ``pages.py``."""
