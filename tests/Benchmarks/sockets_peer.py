"""Times CPython's multiprocessing.connection between two of its processes, for Measure-Sockets.ps1.

    sockets_peer.py KIND NAME SIZE COUNT

KIND is unix or tcp. NAME is trip (bytes there and back), tripobject (a pickled bytes object there and back), oneway or onewayobject. Prints the microseconds a message. One way, the last one is answered.
"""
import multiprocessing
import sys
import tempfile
import time
from multiprocessing.connection import Client, Listener


def partner(address, name, count):
    with Client(address) as connection:
        receive, send = (connection.recv, connection.send) if name.endswith("object") else (connection.recv_bytes, connection.send_bytes)
        send(b"ready")
        for total in (count // 10 + 1, count):
            if name.startswith("trip"):
                for _ in range(total):
                    send(receive())
            else:
                for _ in range(total):
                    message = receive()
                send(message[:1])


def measure(kind, name, size, count):
    with tempfile.TemporaryDirectory() as folder, Listener(folder + "/s" if kind == "unix" else ("127.0.0.1", 0)) as listener:
        process = multiprocessing.get_context("spawn").Process(target=partner, args=(listener.address, name, count))
        process.start()
        with listener.accept() as connection:
            receive, send = (connection.recv, connection.send) if name.endswith("object") else (connection.recv_bytes, connection.send_bytes)
            receive()
            message = b"x" * size
            for total in (count // 10 + 1, count):
                start = time.perf_counter()
                if name.startswith("trip"):
                    for _ in range(total):
                        send(message)
                        receive()
                else:
                    for _ in range(total):
                        send(message)
                    receive()
                elapsed = time.perf_counter() - start
        process.join()
    return elapsed / count * 1e6


if __name__ == "__main__":
    print(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
