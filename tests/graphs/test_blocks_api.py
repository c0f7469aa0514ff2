import pytest
from rest_framework.test import APIClient

from accounts.models import User
from blocks.registry import registry
from tests.conftest import SignedIn
from tests.factories import CALCULATOR, INPUT

BLOCKS = "/api/v1/blocks/"


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


def test_all_blocks_are_on_one_page(client: APIClient):
    page = client.get(BLOCKS).json()
    assert (page["next"], page["previous"]) == (None, None)
    assert len(page["results"]) == len(list(registry))
    names = [row["name"] for row in page["results"]]
    assert names == sorted(names)


def test_a_block_tells_what_the_palette_needs(client: APIClient):
    block = client.get(f"{BLOCKS}{CALCULATOR}/").json()
    assert set(block) == {
        "id", "name", "description", "categories", "kind", "effect", "cost",
        "static_output", "inputs", "outputs", "examples",
    }  # fmt: skip
    assert (block["kind"], block["effect"]) == ("Standard", "pure")
    inputs = {pin["name"]: pin for pin in block["inputs"]}
    assert inputs["operation"]["required"] is True
    assert "Add" in inputs["operation"]["schema"]["enum"]
    assert inputs["round_result"]["default"] is False
    assert [pin["name"] for pin in block["outputs"]] == ["result", "error"]
    assert block["outputs"][-1]["schema"] == {"type": "string"}


def test_a_block_shows_its_examples(client: APIClient):
    examples = client.get(f"{BLOCKS}{CALCULATOR}/").json()["examples"]
    assert {"inputs", "outputs"} <= set(examples[0])
    assert examples[0]["outputs"][0]["pin"] == "result"


def test_what_the_reader_has_is_not_sent_again(client: APIClient):
    first = client.get(BLOCKS)
    again = client.get(BLOCKS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(BLOCKS, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_page_and_a_block_say_the_same(client: APIClient):
    rows = {row["id"]: row for row in client.get(BLOCKS).json()["results"]}
    assert rows[CALCULATOR] == client.get(f"{BLOCKS}{CALCULATOR}/").json()


def test_only_standard_blocks_have_the_error_pin(client: APIClient):
    block = client.get(f"{BLOCKS}{INPUT}/").json()
    assert [pin["name"] for pin in block["outputs"]] == ["result"]


def test_schemas_have_no_references(client: APIClient):
    assert b'"$ref"' not in client.get(BLOCKS).content


@pytest.mark.parametrize("id", ["nope", "00000000-dead-4000-8000-000000000000"])
def test_an_unknown_block_is_not_found(client: APIClient, id: str):
    answer = client.get(f"{BLOCKS}{id}/")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_strangers_are_told_to_sign_in(anyone: APIClient):
    assert anyone.get(BLOCKS).status_code == 401
