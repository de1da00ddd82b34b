"""Streams to containers, pods and services: logs, exec, attach, port-forward, proxy and copies."""

from .copied import Copied, CopyProgress
from .local_listener import Forwarder
from .log import LogLine, LogLines
from .process import STREAM_PROTOCOLS, Completed, Process
from .service_proxy import ProxyResponse, ProxyWebSocket

__all__ = [
    "STREAM_PROTOCOLS",
    "Completed",
    "Copied",
    "CopyProgress",
    "Forwarder",
    "LogLine",
    "LogLines",
    "Process",
    "ProxyResponse",
    "ProxyWebSocket",
]
