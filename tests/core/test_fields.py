"""The encrypted field on a table of its own, against a real database."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps

from core.crypto import DecryptionError
from core.fields import EncryptedTextField, Sealed
from core.ids import new_id

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "canary \N{KEY} secret"


@pytest.fixture
def person() -> Iterator[Any]:
    """A model and its table, unknown to the rest of the project."""
    with isolate_apps("core"):

        class Person(models.Model):
            id = models.UUIDField(primary_key=True, default=new_id)
            name = models.CharField(max_length=20, default="a")
            email = EncryptedTextField()
            phone = EncryptedTextField(null=True)

            class Meta:
                app_label = "core"

            def __str__(self) -> str:
                return self.name

        with connection.schema_editor() as editor:
            editor.create_model(Person)
        yield Person
        with connection.schema_editor() as editor:
            editor.delete_model(Person)


def stored(person: Any, pk: uuid.UUID, column: str = "email") -> bytes | None:
    token: bytes | None = person.objects.values_list(column, flat=True).get(pk=pk)
    return token


def test_the_text_comes_back_and_the_database_never_sees_it(person):
    made = person.objects.create(email=SECRET)
    assert made.email == SECRET
    found = person.objects.get(pk=made.pk)
    assert (found.email, found.phone) == (SECRET, None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM core_person")
        assert b"canary" not in bytes(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "x" * 100_000,
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    ],
)
def test_any_text_is_kept(person, text: str):
    made = person.objects.create(email=text, phone=text)
    found = person.objects.get(pk=made.pk)
    assert (found.email, found.phone) == (text, text)


def test_values_are_the_stored_bytes(person):
    made = person.objects.create(email=SECRET)
    assert isinstance(stored(person, made.pk), Sealed)
    assert stored(person, made.pk, "phone") is None
    assert b"canary" not in person.objects.values().get()["email"]


def test_other_columns_filter_and_null_can_be_asked_for(person):
    person.objects.bulk_create(
        person(name=str(n), email=f"{n}@x", phone=None if n else "1") for n in range(3)
    )
    assert person.objects.get(name="2").email == "2@x"
    assert person.objects.filter(phone__isnull=True).count() == 2


@pytest.mark.parametrize("lookup", ["email", "email__in", "email__contains"])
def test_a_search_for_the_text_is_refused(person, lookup: str):
    with pytest.raises(FieldError, match="blind index"):
        person.objects.filter(**{lookup: ["a"]}).exists()


def test_a_deferred_field_is_opened_when_asked_for(person):
    made = person.objects.create(email=SECRET)
    found = person.objects.defer("email").get(pk=made.pk)
    found.name = "b"
    found.save()
    assert found.email == SECRET
    found.refresh_from_db()
    assert (found.email, found.name) == (SECRET, "b")


def test_a_row_saved_without_looking_keeps_its_token(person):
    made = person.objects.create(email=SECRET)
    before = stored(person, made.pk)
    found = person.objects.get(pk=made.pk)
    found.save()
    assert stored(person, made.pk) == before
    found.email = "new"
    found.save(update_fields=["email"])
    assert person.objects.get(pk=made.pk).email == "new"


def test_a_token_moved_to_another_row_or_column_does_not_open(person):
    one, two = (person.objects.create(email=SECRET, phone="1") for _ in range(2))
    token = bytes(stored(person, one.pk) or b"")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_person SET email = %s, phone = %s", [token, token])
    assert person.objects.get(pk=one.pk).email == SECRET
    for pk, column in ((two.pk, "email"), (one.pk, "phone")):
        with pytest.raises(DecryptionError):
            getattr(person.objects.get(pk=pk), column)


def test_a_row_that_does_not_open_shows_its_other_fields(person):
    made = person.objects.create(email=SECRET)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_person SET email = %s", [b"canary in the clear"])
    found = person.objects.get(pk=made.pk)
    assert found.name == "a"
    with pytest.raises(DecryptionError) as caught:
        _ = found.email
    assert "canary" not in str(caught.value)
    found.email = "entered again"
    found.save()
    assert person.objects.get(pk=made.pk).email == "entered again"


def test_another_master_key_opens_nothing_and_an_old_one_still_opens(person, settings):
    made = person.objects.create(email=SECRET)
    old, settings.ENCRYPTION_MASTER_KEY = settings.ENCRYPTION_MASTER_KEY, "B" * 43
    with pytest.raises(DecryptionError):
        _ = person.objects.get(pk=made.pk).email
    settings.ENCRYPTION_MASTER_KEYS_OLD = [old]
    assert person.objects.get(pk=made.pk).email == SECRET


def test_a_copied_row_is_sealed_anew_or_refused(person):
    made = person.objects.create(email=SECRET)
    opened = person.objects.get(pk=made.pk)
    assert opened.email == SECRET
    opened.pk, opened._state.adding = new_id(), True
    opened.save()
    assert person.objects.get(pk=opened.pk).email == SECRET
    unread = person.objects.get(pk=made.pk)
    unread.pk, unread._state.adding = new_id(), True
    with pytest.raises(DecryptionError):
        unread.save()


def test_writes_that_do_not_name_a_row_are_refused(person):
    made = person.objects.create(email=SECRET)
    with pytest.raises(TypeError, match="saving an instance"):
        person.objects.update(email="x")
    with pytest.raises(TypeError, match="saving an instance"):
        person.objects.bulk_update([made], ["email"])
    assert person.objects.get().email == SECRET


@pytest.mark.parametrize(
    ("value", "error"),
    [
        pytest.param(b"bytes", TypeError, id="bytes"),
        pytest.param(5, TypeError, id="number"),
        pytest.param("a\0b", ValueError, id="nul"),
    ],
)
def test_what_is_no_text_is_refused(person, value: object, error: type[Exception]):
    with pytest.raises(error, match="email"):
        person.objects.create(email=value)


def test_a_model_whose_key_the_database_makes_is_refused():
    with isolate_apps("core"):

        class Counted(models.Model):
            email = EncryptedTextField()

            class Meta:
                app_label = "core"

            def __str__(self) -> str:
                return str(self.pk)

        field = Counted._meta.get_field("email")
        with pytest.raises(ValueError, match=r"email.*set the primary key"):
            field.pre_save(Counted(email="x"), True)


def test_a_dump_holds_the_token_and_loads_again(person):
    made = person.objects.create(email=SECRET)
    dump = serializers.serialize("json", [made])
    assert "canary" not in dump
    person.objects.all().delete()
    field = person._meta.get_field("email")
    again = person(pk=made.pk, email=field.to_python(field.value_to_string(made)))
    again.save()
    assert person.objects.get(pk=made.pk).email == SECRET


def test_validation_leaves_the_text_alone(person):
    made = person(email="cGxhaW4=")
    made.full_clean(exclude=["phone"])
    assert made.email == "cGxhaW4="


def test_migrations_can_write_the_field_down(person):
    text, imports = MigrationWriter.serialize(person._meta.get_field("phone"))
    assert text == "core.fields.EncryptedTextField(null=True)"
    assert imports == {"import core.fields"}
    assert isinstance(person._meta.get_field("email").clone(), EncryptedTextField)


def test_a_new_instance_starts_with_an_empty_text(person):
    assert (person().email, person().phone) == ("", None)
