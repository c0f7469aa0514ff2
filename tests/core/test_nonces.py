"""Nonces: never the same twice, in any thread and in any process."""

import os
from concurrent.futures import ThreadPoolExecutor

from core.crypto.nonces import NONCE_BYTES, new_nonce


def test_no_nonce_is_given_twice() -> None:
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: new_nonce(), range(20_000)))
    assert len(set(drawn)) == len(drawn)
    assert {len(nonce) for nonce in drawn} == {NONCE_BYTES}


def test_a_forked_process_draws_its_own() -> None:
    new_nonce()  # so there are some left to be taken by both
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"".join(new_nonce() for _ in range(100)))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 100 * NONCE_BYTES)
    ours = b"".join(new_nonce() for _ in range(100))
    os.close(reading)
    os.close(writing)
    assert len(theirs) == len(ours)
    assert theirs[:NONCE_BYTES] != ours[:NONCE_BYTES]
