"""Times Python's managers, and its values and locks in shared memory, for Measure-State.ps1.

    state_peer.py NAME COUNT

Prints the seconds that COUNT of NAME took, after a tenth of them to warm up. The loops run in this process, as in any process that uses a manager: the manager itself is another. Bulk operations count their entries.
"""
import multiprocessing
import sys
import time

context = multiprocessing.get_context("spawn")


def manager_dict_get(manager):
    d = manager.dict({"key": 1})

    def run(count):
        for _ in range(count):
            d["key"]

    return run


def manager_dict_set(manager):
    d = manager.dict()

    def run(count):
        for i in range(count):
            d["key"] = i

    return run


def manager_lock(manager):
    lock = manager.Lock()

    def run(count):
        for _ in range(count):
            lock.acquire()
            lock.release()

    return run


def mp_lock(_):
    lock = context.Lock()

    def run(count):
        for _ in range(count):
            lock.acquire()
            lock.release()

    return run


def value(_):
    v = context.Value("q", 0)

    def run(count):
        for _ in range(count):
            with v.get_lock():
                v.value += 1

    return run


def manager_value(manager):
    v = manager.Value("q", 0)

    def run(count):
        for _ in range(count):
            v.value += 1

    return run


def manager_list_append(manager):
    items = manager.list()

    def run(count):
        for i in range(count):
            items.append(i)

    return run


def manager_queue(manager):
    queue = manager.Queue()

    def run(count):
        for i in range(count):
            queue.put(i)
            queue.get()

    return run


def manager_dict_update(manager):
    d = manager.dict()

    def run(count):
        entries = {f"key{i}": i for i in range(count)}
        begin = time.perf_counter()
        d.update(entries)
        return time.perf_counter() - begin

    return run


def manager_dict_items(manager):
    d = manager.dict()

    def run(count):
        d.update({f"key{i}": i for i in range(count)})
        begin = time.perf_counter()
        d.copy()
        return time.perf_counter() - begin

    return run


def manager_list_extend(manager):
    items = manager.list()

    def run(count):
        values = list(range(count))
        begin = time.perf_counter()
        items.extend(values)
        return time.perf_counter() - begin

    return run


if __name__ == "__main__":
    name, count = sys.argv[1], int(sys.argv[2])
    manager = None if name in ("mp_lock", "value") else context.Manager()
    work = globals()[name](manager)
    work(max(count // 10, 1))
    begin = time.perf_counter()
    seconds = work(count)
    print(seconds or time.perf_counter() - begin)
