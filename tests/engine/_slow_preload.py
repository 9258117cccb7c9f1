"""A library that is slow to load."""

import time

time.sleep(1.0)
