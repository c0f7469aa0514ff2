"""Default accounts from the environment."""

import pytest

from blocks.credentials import CredentialRef
from blocks.errors import BlockError
from blocks.secret import Secret
from executions.world.environment import environment_credentials

KEY = "sk-0123456789"


@pytest.fixture
def both(settings):
    settings.DEFAULT_ACCOUNTS = {
        "openai": (Secret(KEY), ""),
        "anthropic": (Secret(""), "http://models.example"),
    }
    return environment_credentials()


async def test_the_first_provider_that_has_one_wins(both):
    found = await both.get(None, "groq", "openai", "anthropic")
    assert (found.provider, found.token.reveal()) == ("openai", KEY)
    assert found.settings == {}


async def test_an_address_without_a_key_is_an_account(both):
    found = await both.get(None, "anthropic")
    assert found.settings == {"base_url": "http://models.example"}
    assert not found.token


async def test_of_a_reference_the_provider_counts(both):
    ref = CredentialRef(id="elsewhere", provider="anthropic")
    assert (await both.get(ref, "openai", "anthropic")).provider == "anthropic"
    other = CredentialRef(id="elsewhere", provider="groq")
    with pytest.raises(BlockError, match="groq"):
        await both.get(other, "groq", "openai")


async def test_a_server_of_ones_own_stands_in_for_other_providers(settings):
    settings.DEFAULT_ACCOUNTS = {"openai": (Secret(KEY), "http://gateway.example/v1")}
    accounts = environment_credentials()
    ref = CredentialRef(id="elsewhere", provider="groq")
    assert (await accounts.get(ref, "openai", "groq")).provider == "openai"
    with pytest.raises(BlockError, match="groq"):
        await accounts.get(ref, "groq")


async def test_what_is_missing_is_said_with_what_would_help(settings):
    settings.DEFAULT_ACCOUNTS = {"openai": (Secret(""), "")}
    with pytest.raises(BlockError, match="OPENAI_API_KEY") as caught:
        await environment_credentials().get(None, "openai")
    assert caught.value.code == "credential_missing"


async def test_what_it_holds_is_not_shown(both):
    assert KEY not in repr(await both.get(None, "openai"))
