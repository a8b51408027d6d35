"""The Python side of Measure-Pools.ps1: one measurement, its seconds on standard output.

usage: pool_peer.py (apply|submit|map1|map|body|cpu) count [loops]
"""
import concurrent.futures
import multiprocessing
import sys
import time

LOOPS = 0


def same(x):
    return x


def double(x):
    return x * 2


def body(n):
    total = 0
    for i in range(n):
        total += i
    return total


def calibrate(microseconds):
    """How many rounds of body's loop take so long, called one after another in one process."""
    loops = 10
    while True:
        begin = time.perf_counter()
        for _ in range(2000):
            body(loops)
        took = (time.perf_counter() - begin) / 2000 * 1e6
        if took >= microseconds:
            return max(1, round(loops * microseconds / took))
        loops = max(loops + 1, round(loops * microseconds / max(took, 0.01)))


def main():
    what, count = sys.argv[1], int(sys.argv[2])
    if what == "submit":
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            [f.result() for f in [pool.submit(same, i) for i in range(200)]]
            begin = time.perf_counter()
            for future in [pool.submit(same, i) for i in range(count)]:
                future.result()
            print(time.perf_counter() - begin)
        return
    loops = calibrate(10) if what == "body" else int(sys.argv[3]) if what == "cpu" else 0
    with multiprocessing.Pool(2) as pool:
        pool.map(same, range(1000))
        begin = time.perf_counter()
        if what == "apply":
            for i in range(count):
                pool.apply(same, (i,))
        elif what == "map1":
            pool.map(double, range(count), 1)
        elif what == "map":
            pool.map(double, range(count))
        elif what == "body":
            pool.map(body, [loops] * count)
        print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
