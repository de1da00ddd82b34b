"""The types that stream methods return: processes, log lines, forwarded ports, proxied responses and copy results."""

from .runtime.streams.copy_result import Copied, CopyProgress
from .runtime.streams.log import LogLine, LogLines
from .runtime.streams.port_forwarder import PortForwarder
from .runtime.streams.process import STREAM_PROTOCOLS, Completed, Process
from .runtime.streams.service_proxy import ProxyResponse, ProxyWebSocket

__all__ = [
    "STREAM_PROTOCOLS",
    "Completed",
    "Copied",
    "CopyProgress",
    "LogLine",
    "LogLines",
    "PortForwarder",
    "Process",
    "ProxyResponse",
    "ProxyWebSocket",
]
