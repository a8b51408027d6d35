"""Times Python's process pools for Measure-Pools.ps1: microseconds an item.

    pool_peer.py WORKERS          answers lines of standard input, each NAME, tab, COUNT, until there are no more
    pool_peer.py memory WORKERS N the peak of this process's memory in bytes while N items stream through a pool

A session like the one beside it keeps its pools from one question to the next, so that both sides are measured warm. NAME is a key of WORKS, the
answer is a line with the microseconds an item took; to `calibrate.body` and `calibrate.item` COUNT is how many microseconds one call shall take, and
the answer is the number of loops and, after a tab, what a call with so many takes. All sequential loops and all pools afterwards use that number.
"""
import concurrent.futures
import itertools
import multiprocessing
import statistics
import sys
import time


def double(x):
    return x * 2


loops = {"body": 1, "item": 1}


def set_loops(numbers):
    loops.update(numbers)


def body(x):
    for _ in range(loops["body"]):
        x = x * 3 % 1000003
    return x


def item(x):
    for _ in range(loops["item"]):
        x = x * 3 % 1000003
    return x


def calibrate(what, microseconds):
    function = {"body": body, "item": item}[what]

    def measure(number, calls):
        loops[what] = number
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            for x in range(calls):
                function(x)
            times.append((time.perf_counter() - begin) / calls)
        return statistics.median(times) * 1e6

    calls = max(int(20_000 / microseconds), 3)
    call = measure(0, 20_000)
    each = (measure(20_000, 5) - call) / 20_000
    number = max(round((microseconds - call) / each), 1)
    return number, measure(number, calls)


class Pools:
    """The pools, each made when it is first asked for."""

    def __init__(self, workers):
        self.workers = workers
        self._pool = None
        self._executor = None

    @property
    def pool(self):
        if self._pool is None:
            self._pool = multiprocessing.Pool(self.workers, set_loops, (loops,))
            self._pool.map(double, range(1000))
        return self._pool

    @property
    def executor(self):
        if self._executor is None:
            self._executor = concurrent.futures.ProcessPoolExecutor(self.workers)
            list(self._executor.map(double, range(100)))
        return self._executor

    def end(self):
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()
            self._pool = None
        if self._executor is not None:
            self._executor.shutdown()
            self._executor = None


def apply(pools, count):
    pool = pools.pool
    begin = time.perf_counter()
    for x in range(count):
        result = pool.apply(double, (x,))
    seconds = time.perf_counter() - begin
    assert result == (count - 1) * 2
    return seconds


def submit(pools, count):
    executor = pools.executor
    begin = time.perf_counter()
    futures = [executor.submit(double, x) for x in range(count)]
    results = [future.result() for future in futures]
    seconds = time.perf_counter() - begin
    assert results[-1] == (count - 1) * 2
    return seconds


def map_with(function, chunk_size):
    def run(pools, count):
        pool = pools.pool
        items = list(range(count))
        begin = time.perf_counter()
        results = pool.map(function, items, chunk_size)
        seconds = time.perf_counter() - begin
        assert len(results) == count
        return seconds

    return run


def one_process(function):
    def run(_, count):
        begin = time.perf_counter()
        for x in range(count):
            function(x)
        return time.perf_counter() - begin

    return run


def warm(pools, count):
    """The time of a call after a silence, the median of some."""
    pool = pools.pool
    times = []
    for x in range(count):
        time.sleep(0.05)
        begin = time.perf_counter()
        pool.apply(double, (x,))
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * count


def cold(method):
    def run(pools, count):
        context = multiprocessing.get_context(method)
        times = []
        for x in range(count):
            begin = time.perf_counter()
            pool = context.Pool(pools.workers)
            pool.apply(double, (x,))
            times.append(time.perf_counter() - begin)
            pool.terminate()
            pool.join()
        return statistics.median(times) * count

    return run


WORKS = {
    "apply": apply,
    "submit": submit,
    "map1": map_with(double, 1),
    "map": map_with(double, None),
    "map.body": map_with(body, None),
    "cpu": map_with(item, 1),
    "cpu.one": one_process(item),
    "latency.warm": warm,
    "latency.cold.spawn": cold("spawn"),
    "latency.cold.default": cold(None),
}


def answer(pools):
    for line in sys.stdin:
        name, count = line.split("\t")
        if name.startswith("calibrate."):
            # Workers learn the number when they start.
            pools.end()
            number, microseconds = calibrate(name.removeprefix("calibrate."), float(count))
            print(f"{number}\t{microseconds:.3f}", flush=True)
        else:
            print(f"{WORKS[name](pools, int(count)) / int(count) * 1e6:.4f}", flush=True)


def peak_memory():
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except FileNotFoundError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def stream(workers, count):
    with multiprocessing.Pool(workers) as pool:
        total = sum(1 for _ in pool.imap(double, itertools.islice(itertools.count(), count), 256))
    assert total == count
    print(peak_memory(), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "memory":
        stream(int(sys.argv[2]), int(sys.argv[3]))
    else:
        mine = Pools(int(sys.argv[1]))
        try:
            answer(mine)
        finally:
            mine.end()
