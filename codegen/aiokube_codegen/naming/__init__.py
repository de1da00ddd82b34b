"""Names of Kubernetes as names in Python, and its texts as docstrings."""
