"""Tools outside the project read and make what it stores, given its master key."""

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from core.crypto import DecryptionError
from executions.models import Execution
from scripts.sealed_rows import SealedRows, sealed_for
from tests.executions.rows import make_execution
from tests.factories import make_user

COLUMN = "executions.execution|inputs"


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_they_open_and_seal_values_for_their_rows():
    user = make_user()
    one, other = make_execution(user, inputs={"a": 1}), make_execution(user)
    place = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(place._replace(path=f"/{connection.settings_dict['NAME']}"))
    key = {"ENCRYPTION_MASTER_KEY": settings.ENCRYPTION_MASTER_KEY}
    with psycopg.connect(url, autocommit=True) as outside:
        rows = SealedRows(outside, key)
        query = "SELECT inputs FROM executions_execution WHERE id = %s"
        (stored,) = outside.execute(query, [one.id]).fetchone()  # type: ignore[misc]
        assert rows.open(COLUMN, one.id, stored) == b'{"a":1}'
        with pytest.raises(DecryptionError):
            rows.open(COLUMN, other.id, stored)
        (made,) = sealed_for(
            rows.key_of(other.workspace_id), COLUMN, [other.id], b'{"b":2}'
        )
        outside.execute(
            "UPDATE executions_execution SET inputs = %s WHERE id = %s",
            [made, other.id],
        )
    assert Execution.objects.get(id=other.id).inputs == {"b": 2}
