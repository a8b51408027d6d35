"""Times Python's queues and pipes between processes for Measure-Channels.ps1: microseconds a message, one line a round.

    channel_peer.py [--rounds N] [NAME=COUNT ...]

NAME is <what>.<kind>.<bytes>, such as queue.bytes.32 or pipe.roundtrip.32. Every clock starts when all processes have reported that they are
ready and ends when the last message has been received. Without names everything is measured. The output is NAME, tab, microseconds.
"""
import multiprocessing
import sys
import time

COUNTS = {
    "queue.bytes.32": 200_000,
    "queue.str.32": 200_000,
    "queue.bytes.1024": 100_000,
    "queue.bytes.65536": 5_000,
    "queue.bytes.1048576": 500,
    "simplequeue.bytes.32": 100_000,
    "boundedqueue.bytes.32": 200_000,
    "boundedqueue.bytes.1048576": 500,
    "queue4to4.bytes.32": 100_000,
    "queue4to4.bytes.1024": 100_000,
    "pipe.roundtrip.32": 20_000,
    "pipe.roundtripbytes.32": 20_000,
    "pipe.parked.32": 200,
    "pipe.oneway.32": 200_000,
    "pipe.oneway.65536": 5_000,
    "pipe.oneway.1048576": 500,
}
CAPACITY = 100
PAUSE = 0.005

context = multiprocessing.get_context("spawn")


def put(control, queue, item):
    control.send("ready")
    while count := control.recv():
        for _ in range(count):
            queue.put(item)
        control.send("done")


def get(control, queue, item):
    control.send("ready")
    while count := control.recv():
        for _ in range(count):
            received = queue.get()
        assert len(received) == len(item)
        control.send("done")


def send(control, pipe, item):
    control.send("ready")
    while count := control.recv():
        for _ in range(count):
            pipe.send(item)
        control.send("done")


def echo(control, pipe, _):
    control.send("ready")
    while count := control.recv():
        for _ in range(count):
            pipe.send(pipe.recv())
        control.send("done")


def echo_bytes(control, pipe, _):
    control.send("ready")
    while count := control.recv():
        for _ in range(count):
            pipe.send_bytes(pipe.recv_bytes())
        control.send("done")


class Partners:
    """Processes that do something with the same channel, each time they are told to."""

    def __init__(self, channel, item, *works):
        self.controls = []
        self.processes = []
        for work in works:
            ours, theirs = context.Pipe()
            process = context.Process(target=work, args=(theirs, channel, item))
            process.start()
            self.controls.append(ours)
            self.processes.append(process)
        self.wait()

    def tell(self, count):
        for control in self.controls:
            control.send(count)

    def wait(self):
        for control in self.controls:
            control.recv()

    def end(self):
        self.tell(0)
        for process in self.processes:
            process.join()


def measure_queue(queue, item, count, rounds):
    partners = Partners(queue, item, put)

    def once(number):
        begin = time.perf_counter()
        partners.tell(number)
        for _ in range(number):
            received = queue.get()
        seconds = time.perf_counter() - begin
        assert len(received) == len(item)
        partners.wait()
        return seconds / number

    yield from repeat(once, count, rounds)
    partners.end()


def measure_many(queue, item, count, rounds):
    partners = Partners(queue, item, *[put] * 4, *[get] * 4)

    def once(number):
        each = max(number // 4, 1)
        begin = time.perf_counter()
        partners.tell(each)
        partners.wait()
        return (time.perf_counter() - begin) / (each * 4)

    yield from repeat(once, count, rounds)
    partners.end()


def measure_one_way(item, count, rounds):
    receiver, sender = context.Pipe(duplex=False)
    partners = Partners(sender, item, send)

    def once(number):
        begin = time.perf_counter()
        partners.tell(number)
        for _ in range(number):
            received = receiver.recv()
        seconds = time.perf_counter() - begin
        assert len(received) == len(item)
        partners.wait()
        return seconds / number

    yield from repeat(once, count, rounds)
    partners.end()


def measure_round_trip(item, count, rounds):
    ours, theirs = context.Pipe()
    partners = Partners(theirs, item, echo)

    def once(number):
        partners.tell(number)
        begin = time.perf_counter()
        for _ in range(number):
            ours.send(item)
            ours.recv()
        seconds = time.perf_counter() - begin
        partners.wait()
        return seconds / number

    yield from repeat(once, count, rounds)
    partners.end()


def measure_round_trip_of_bytes(item, count, rounds):
    ours, theirs = context.Pipe()
    partners = Partners(theirs, item, echo_bytes)

    def once(number):
        partners.tell(number)
        begin = time.perf_counter()
        for _ in range(number):
            ours.send_bytes(item)
            ours.recv_bytes()
        seconds = time.perf_counter() - begin
        partners.wait()
        return seconds / number

    yield from repeat(once, count, rounds)
    partners.end()


def measure_parked(item, count, rounds):
    ours, theirs = context.Pipe()
    partners = Partners(theirs, item, echo)

    def once(number):
        partners.tell(number)
        times = []
        for _ in range(number):
            time.sleep(PAUSE)
            begin = time.perf_counter()
            ours.send(item)
            ours.recv()
            times.append(time.perf_counter() - begin)
        partners.wait()
        times.sort()
        return times[number // 2]

    yield from repeat(once, count, rounds)
    partners.end()


def repeat(once, count, rounds):
    once(max(count // 10, 1))
    for _ in range(rounds):
        yield once(count)


def measure(name, count, rounds):
    what, kind, size = name.split(".")
    item = "x" * int(size) if kind == "str" else bytes(int(size))
    if what == "queue":
        return measure_queue(context.Queue(), item, count, rounds)
    if what == "boundedqueue":
        return measure_queue(context.Queue(CAPACITY), item, count, rounds)
    if what == "simplequeue":
        return measure_queue(context.SimpleQueue(), item, count, rounds)
    if what == "queue4to4":
        return measure_many(context.Queue(), item, count, rounds)
    pipes = {
        "oneway": measure_one_way,
        "roundtrip": measure_round_trip,
        "roundtripbytes": measure_round_trip_of_bytes,
        "parked": measure_parked,
    }
    return pipes[kind](item, count, rounds)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    rounds = 3
    if arguments and arguments[0] == "--rounds":
        rounds = int(arguments[1])
        del arguments[:2]
    wanted = dict(argument.split("=") for argument in arguments) or COUNTS
    for name, count in wanted.items():
        for seconds in measure(name, int(count), rounds):
            print(f"{name}\t{seconds * 1e6:.3f}", flush=True)
