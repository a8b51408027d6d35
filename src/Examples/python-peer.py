#!/usr/bin/env python3
"""A Python program that talks with PowerShell over sockets: the other side of New-ProcessListener and Connect-ProcessPipe.

    python-peer.py listen  tcp://127.0.0.1:0            waits for a connection, and answers what is asked over it
    python-peer.py connect tcp://127.0.0.1:5000         connects, and answers what is asked over the connection
    python-peer.py ask     unix:///tmp/some.sock 1 2 3  connects, asks for the sum of the numbers, and prints it

The key is in the environment variable PEER_KEY; without it there is none. Connections, frames and the key are the standard library's; the messages are MessagePack (pip install msgpack, or Debian's python3-msgpack).
"""
import os
import sys
from multiprocessing.connection import Client, Listener
from urllib.parse import urlsplit

import msgpack


def send(connection, message):
    connection.send_bytes(msgpack.packb(message, datetime=True))


def receive(connection):
    return msgpack.unpackb(connection.recv_bytes(), timestamp=3, strict_map_key=False)


def address_of(text):
    parts = urlsplit(text)
    return parts.path if parts.scheme == "unix" else (parts.hostname, parts.port)


def answer(connection):
    """Answers requests until the other side closes the connection."""
    while True:
        try:
            request = receive(connection)
        except (EOFError, ConnectionResetError):
            return
        operation = request.get("op")
        if operation == "sum":
            send(connection, {"ok": True, "result": sum(request["numbers"])})
        elif operation == "echo":
            send(connection, {"ok": True, "result": request["value"]})
        elif operation == "reverse":
            # What follows is bytes without MessagePack.
            connection.send_bytes(connection.recv_bytes()[::-1])
        else:
            send(connection, {"ok": False, "error": f"nobody here can do '{operation}'"})


def main(role, address, *numbers):
    key = os.environ["PEER_KEY"].encode() if "PEER_KEY" in os.environ else None
    if role == "listen":
        with Listener(address_of(address), authkey=key) as listener:
            real = listener.address
            print(f"unix://{real}" if isinstance(real, str) else f"tcp://{real[0]}:{real[1]}", flush=True)
            with listener.accept() as connection:
                answer(connection)
        return
    with Client(address_of(address), authkey=key) as connection:
        if role == "ask":
            send(connection, {"op": "sum", "numbers": [int(number) for number in numbers]})
            print(receive(connection)["result"])
        else:
            answer(connection)


if __name__ == "__main__":
    main(*sys.argv[1:])
