"""The model zoo: one file per learner."""
