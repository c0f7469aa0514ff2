"""Each text that the API takes has a policy of its own, in one table."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from accounts.models import AuditDraft, User, Workspace
from core.validator import Policy, policy_at
from core.validator.inspection import SECRET_AT_THE_TOP, SECRET_NAMES
from core.validator.places import BLOCKED, OBSERVED
from graphs.models import Graph
from tests.conftest import SignedIn
from tests.factories import document, make_graph

SCRIPT = "<script>alert(1)</script>"
UNREAD = SECRET_NAMES | SECRET_AT_THE_TOP


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("$.name", Policy.OBSERVE),
        ("$.cron", Policy.BLOCK),
        ("$.hosts[3]", Policy.BLOCK),
        ("$.nodes[12].id", Policy.BLOCK),
        ("$.links[0].sink_name", Policy.BLOCK),
        ("$.settings.base_url", Policy.BLOCK),
        ("$.settings.with[bracket", Policy.BLOCK),
        # What a pin is called, and what stands in it.
        ("$.nodes[0].input_default.*", Policy.BLOCK),
        ("$.nodes[0].input_default.code", Policy.OBSERVE),
        ("$.nodes[0].input_default.rows[7].cron", Policy.OBSERVE),
        # Names of identifiers mean nothing inside free text.
        ("$.inputs.cron", Policy.OBSERVE),
        ("$.inputs.*", Policy.OBSERVE),
        ("$.crontab", Policy.OBSERVE),
        ("$.unheard_of", Policy.OBSERVE),
        ("$", Policy.OBSERVE),
    ],
)
def test_each_place_has_a_policy(path: str, policy: Policy):
    assert policy_at(path) is policy


def texts_taken() -> set[str]:
    """The places of all texts in the bodies of the schema."""
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)
    shapes = schema["components"]["schemas"]
    operations = (one for path in schema["paths"].values() for one in path.values())
    bodies = (
        one["requestBody"]["content"] for one in operations if "requestBody" in one
    )
    json_bodies = (
        body["application/json"] for body in bodies if "application/json" in body
    )
    return {
        place for body in json_bodies for place in _texts(body["schema"], "", shapes)
    }


def _texts(shape: Any, place: str, shapes: Any) -> Iterator[str]:
    if "$ref" in shape:
        yield from _texts(shapes[shape["$ref"].rsplit("/", 1)[1]], place, shapes)
    for part in (*shape.get("allOf", ()), *shape.get("oneOf", ())):
        yield from _texts(part, place, shapes)
    if shape.get("type") == "array":
        yield from _texts(shape["items"], f"{place}[]", shapes)
    elif shape.get("properties"):
        for name, inner in shape["properties"].items():
            yield from _texts(inner, f"{place}.{name}", shapes)
    elif shape.get("type") in ("string", "object") or not {"type", "$ref"} & set(shape):
        yield place.removeprefix(".")


def test_the_table_names_each_text_that_is_taken():
    """Else a new field would be free text because nobody thought of it."""
    table = BLOCKED | OBSERVED
    unnamed = {
        place
        for place in texts_taken() - {""}
        if place.split(".")[0].split("[")[0] not in UNREAD
        and not any(
            place == one or place.startswith((f"{one}.", f"{one}[")) for one in table
        )
    }
    assert unnamed == set()


def test_the_table_names_nothing_else():
    taken = texts_taken()
    of_nobody = {
        one
        for one in BLOCKED | OBSERVED
        if not any(f"{place}.".startswith((f"{one}.", f"{one}[")) for place in taken)
    }
    assert of_nobody == {"nodes[].input_default.*"}  # names, of which no schema tells


def drafts() -> list[dict[str, Any]]:
    bodies = [json.loads(bytes(draft.body)) for draft in AuditDraft.objects.all()]
    return [body for body in bodies if body["action"] == "input.signal"]


@pytest.mark.django_db
def test_an_identifier_that_looks_like_an_attack_is_refused(
    signed_in: SignedIn, alice: User
):
    sent = document()
    sent["links"][0]["sink_name"] = SCRIPT
    answer = signed_in(alice).post("/api/v1/graphs/", sent)
    assert answer.status_code == 400
    assert answer.data["errors"] == [
        {"field": "links[0].sink_name", "message": "looks like xss", "code": "xss"}
    ]
    assert not Graph.objects.exists()
    (noted,) = drafts()
    assert json.loads(noted["detail"])["policy"] == "block"
    assert "alert" not in json.dumps(noted)


@pytest.mark.django_db
def test_free_text_beside_it_is_noted_by_itself(signed_in: SignedIn, alice: User):
    body = {"name": SCRIPT, "cron": SCRIPT, "timezone": "UTC"}
    body["graph"] = str(make_graph(alice).id)
    answer = signed_in(alice).post("/api/v1/schedules/", body)
    assert [error["field"] for error in answer.data["errors"]] == ["cron"]
    policies = [json.loads(noted["detail"])["policy"] for noted in drafts()]
    assert sorted(policies) == ["block", "observe"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sent",
    [
        # What a person calls an agent, and writes into its nodes.
        {"name": SCRIPT},
        {"description": "' OR '1'='1' --"},
        {"nodes.input_default": {"code": "import os; os.system('; cat /etc/passwd')"}},
        {"nodes.metadata": {"customized_name": SCRIPT}},
    ],
)
def test_free_text_is_stored_as_it_is_unless_a_workspace_is_strict(
    signed_in: SignedIn, alice: User, sent: dict[str, Any]
):
    body = document()
    for place, value in sent.items():
        if place.startswith("nodes."):
            body["nodes"][0][place.removeprefix("nodes.")] = value
        else:
            body[place] = value
    client = signed_in(alice)
    assert client.post("/api/v1/graphs/", body).status_code == 201
    Workspace.objects.update(strict_input=True)
    assert client.post("/api/v1/graphs/", body).status_code == 400
    assert [json.loads(noted["detail"])["policy"] for noted in drafts()] == [
        "observe", "block",
    ]  # fmt: skip
