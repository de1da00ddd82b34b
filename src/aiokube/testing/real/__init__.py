"""A real Kubernetes on this machine, for tests: its programs, their command lines, and the cluster that they make."""
