"""Streams to containers, pods and services: logs, exec, attach, port-forward, proxy and copies."""

from .forward import Forwarder
from .log import LogLine, LogLines
from .process import Completed, Process
from .proxy import ProxyResponse, ProxyWebSocket

__all__ = ["Completed", "Forwarder", "LogLine", "LogLines", "Process", "ProxyResponse", "ProxyWebSocket"]
