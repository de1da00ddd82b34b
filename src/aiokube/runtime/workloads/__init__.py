"""The rules of kubectl for workloads, nodes and pods."""
