"""Subresources that stream: exec, attach, logs, port-forward and proxies, answered by functions of the test."""
