"""The parts of a controller: work queues and leader election."""
