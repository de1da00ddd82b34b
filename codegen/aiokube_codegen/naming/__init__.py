"""Python names for the names of Kubernetes, and docstrings for its texts."""
