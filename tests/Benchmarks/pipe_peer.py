"""Times round trips of 32 bytes over Python's multiprocessing.Pipe between two processes. Prints microseconds: busy, and after pauses."""
import multiprocessing
import statistics
import time


def echo(connection):
    while True:
        try:
            connection.send_bytes(connection.recv_bytes())
        except EOFError:
            return


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=echo, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    frame = bytes(32)
    busy = []
    for _ in range(13):
        begin = time.perf_counter()
        for _ in range(2000):
            ours.send_bytes(frame)
            ours.recv_bytes()
        busy.append((time.perf_counter() - begin) * 1e6 / 2000)
    asleep = []
    for _ in range(300):
        time.sleep(0.003)
        begin = time.perf_counter()
        ours.send_bytes(frame)
        ours.recv_bytes()
        asleep.append((time.perf_counter() - begin) * 1e6)
    print(f"pipe.roundtrip32.us\t{statistics.median(busy[3:]):.3f}")
    print(f"pipe.roundtrip32.asleep.us\t{statistics.median(asleep):.3f}")
