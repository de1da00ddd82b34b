"""A port of a pod, as the peer of a port-forward over `v4.channel.k8s.io`."""

from __future__ import annotations

from typing import Any

from tests.support.websocket import V4, Peer, Script, WebSocketServer

PORT = 8080
MARK = PORT.to_bytes(2, "little")


async def announce(peer: Peer) -> None:
    """Announce the two channels of the port."""
    await peer.send(0, MARK)
    await peer.send(1, MARK)


async def echo(peer: Peer) -> None:
    """A script: a port that sends everything back in capitals."""
    await announce(peer)
    while (message := await peer.receive()) is not None:
        assert message[0] == 0
        await peer.send(0, message[1].upper())


def server_of(script: Script, **options: Any) -> WebSocketServer:
    """Return a server of ports."""
    return WebSocketServer(script, protocols=[V4], **options)
