"""Clients in a closed loop, each waiting for the result of a Celery task: a process of
its own, as the load generator is. Arguments: clients, seconds. Prints answers/s."""

import sys
import threading
import time
from typing import Final

from benchmarks.celery_app import answer

WARM_UP_S: Final = 2.0
ANSWERED_WITHIN_S: Final = 30


def main(clients: int, seconds: float) -> None:
    since = time.perf_counter() + WARM_UP_S
    counts = [0] * clients

    def client(number: int) -> None:
        while (now := time.perf_counter()) < since + seconds:
            answer.delay().get(timeout=ANSWERED_WITHIN_S)
            counts[number] += now >= since

    threads = [threading.Thread(target=client, args=[n]) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(counts) / seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
