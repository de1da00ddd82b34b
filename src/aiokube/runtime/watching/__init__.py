"""Lists, watches, informers and waiting for conditions."""
