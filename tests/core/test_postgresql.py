"""The pool of the database after the server has lost all connections at once."""

import time

import pytest
from django.db import OperationalError, connection, connections, transaction

IDLE = 4
BACK_WITHIN_S = 3.0
"""Django's own pool takes 15 s for as many dead ones."""


def own_wrapper():
    """A wrapper with a pool of its own, which no other test uses."""
    settings = {**connection.settings_dict}
    settings["OPTIONS"] = {
        **settings["OPTIONS"],
        "pool": {"min_size": IDLE, "max_size": IDLE, "timeout": 20},
        "application_name": "test_postgresql",
    }
    return type(connections["default"])(settings, alias="pool-of-the-test")


def cut_all(application_name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = %s",
            [application_name],
        )
        return int(cursor.fetchone()[0])


def fall_asleep_in_a_transaction() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
        time.sleep(0.3)
        cursor.execute("SELECT 1")


def answer_of(wrapper) -> object:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 41 + 1")
        return cursor.fetchone()[0]


@pytest.mark.services
@pytest.mark.django_db
def test_one_dead_connection_takes_all_idle_ones_along():
    wrapper = own_wrapper()
    try:
        wrapper.pool.open(wait=True)
        assert cut_all("test_postgresql") == IDLE
        began = time.monotonic()
        assert answer_of(wrapper) == 42
        assert time.monotonic() - began < BACK_WITHIN_S
    finally:
        wrapper.close()
        wrapper.close_pool()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_session_that_the_server_ended_is_a_lost_connection():
    """Not an error of the statement: who sent it tries again."""
    with pytest.raises(OperationalError):
        fall_asleep_in_a_transaction()
    connection.close()
    assert answer_of(connection) == 42
