"""A queue in a file as a Python program would make it with sqlite3, for Measure-DurableQueue.ps1.

    durable_peer.py FOLDER LEVEL COUNT SIZE

LEVEL is SQLite's synchronous: FULL, NORMAL or OFF. Prints the seconds that COUNT puts took, that as many gets with their reports took, and that both took together when another process puts. Each put is a
transaction, each get another, which lends the item, and each report a third, which deletes it: what it takes for nothing to be lost when a process dies.
"""
import os
import pickle
import sqlite3
import subprocess
import sys
import time


class Queue:
    def __init__(self, folder, level):
        self.db = sqlite3.connect(os.path.join(folder, "queue.db"), isolation_level=None, timeout=60)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute(f"PRAGMA synchronous = {level}")
        self.db.execute("CREATE TABLE IF NOT EXISTS queue(id INTEGER PRIMARY KEY, item BLOB NOT NULL, lease REAL NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0)")
        self.db.execute("CREATE INDEX IF NOT EXISTS ready ON queue(lease, id)")

    def put(self, item):
        self.db.execute("INSERT INTO queue(item) VALUES (?)", (pickle.dumps(item),))

    def get(self):
        while True:
            self.db.execute("BEGIN IMMEDIATE")
            row = self.db.execute("SELECT id, item FROM queue WHERE lease = 0 ORDER BY id LIMIT 1").fetchone()
            if row:
                self.db.execute("UPDATE queue SET lease = ?, attempts = attempts + 1 WHERE id = ?", (time.time() + 60, row[0]))
            self.db.execute("COMMIT")
            if row:
                return row[0], pickle.loads(row[1])
            time.sleep(0.001)

    def done(self, number):
        self.db.execute("DELETE FROM queue WHERE id = ?", (number,))


def put_all(folder, level, count, size):
    queue = Queue(folder, level)
    item = b"x" * size
    start = time.perf_counter()
    for _ in range(count):
        queue.put(item)
    return time.perf_counter() - start


def get_all(folder, level, count):
    queue = Queue(folder, level)
    start = time.perf_counter()
    for _ in range(count):
        number, _ = queue.get()
        queue.done(number)
    return time.perf_counter() - start


if __name__ == "__main__":
    folder, level, count, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if len(sys.argv) > 5:
        print("ready", flush=True)
        sys.stdin.readline()
        put_all(folder, level, count, size)
        sys.exit()
    put = put_all(folder, level, count, size)
    get = get_all(folder, level, count)
    with subprocess.Popen([sys.executable, *sys.argv, "put"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as producer:
        producer.stdout.readline()
        start = time.perf_counter()
        producer.stdin.write("go\n")
        producer.stdin.flush()
        get_all(folder, level, count)
        both = time.perf_counter() - start
    print(put, get, both)
