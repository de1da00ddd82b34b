"""Lists, watches, informers, and waiting for a condition."""
