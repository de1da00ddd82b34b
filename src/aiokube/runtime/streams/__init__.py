"""Streams to containers, pods and services: logs, exec, attach, port-forward, proxy and file copies."""
