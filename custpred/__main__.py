"""``python -m custpred``: the command line."""

from custpred.cli import script

if __name__ == "__main__":
    script()
