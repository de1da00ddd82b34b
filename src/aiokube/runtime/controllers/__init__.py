"""Building blocks of controllers: work queues and leader election."""
