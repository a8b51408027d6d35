"""Times Python's multiprocessing.Process for Measure-Startup.ps1: start, run, receive a result, join. Milliseconds, one line each."""
import multiprocessing
import statistics
import sys
import time


def work(queue, name):
    queue.put("process start: " + name)


def measure(method, rounds):
    context = multiprocessing.get_context(method)
    times = []
    for _ in range(rounds + 1):
        begin = time.perf_counter()
        queue = context.SimpleQueue()
        process = context.Process(target=work, args=(queue, "test1"))
        process.start()
        queue.get()
        process.join()
        times.append((time.perf_counter() - begin) * 1000)
    # The first round starts the fork server, or warms the disk.
    return statistics.median(times[1:])


if __name__ == "__main__":
    rounds = int(sys.argv[1])
    for method in ("spawn", "forkserver", "fork"):
        print(f"{method}\t{measure(method, rounds):.2f}", flush=True)
