"""Inputs and outputs of agents at their edges."""

import pytest

from tests.blocks.calls import emitted, failure, named

VALUES = [
    pytest.param("AgentInput", None, [], id="no-value-emits-nothing"),
    pytest.param("AgentInput", 0, [0], id="zero-is-a-value"),
    pytest.param("AgentInput", "", [""], id="empty-text-is-a-value"),
    pytest.param("AgentInput", [], [[]], id="empty-list-is-a-value"),
    pytest.param("AgentShortTextInput", None, [], id="no-text"),
    pytest.param("AgentShortTextInput", 5, ["5"], id="number-as-text"),
    pytest.param("AgentNumberInput", "7", [7], id="text-as-number"),
    pytest.param("AgentNumberInput", 0, [0], id="zero"),
    pytest.param("AgentDateInput", None, [], id="no-date"),
    pytest.param("AgentDateInput", " 2026-01-31 ", ["2026-01-31"], id="date"),
    pytest.param("AgentTimeInput", "09:30", ["09:30:00"], id="time-gets-seconds"),
    pytest.param("AgentToggleInput", None, [False], id="toggle-is-off-by-default"),
    pytest.param("AgentToggleInput", "true", [True], id="toggle-from-text"),
    pytest.param(
        "AgentDropdownInput", "other", ["other"], id="options-only-shape-forms"
    ),
    pytest.param("AgentTableInput", None, [[]], id="no-rows"),
]


@pytest.mark.parametrize(("name", "value", "results"), VALUES)
async def test_input_emits_its_value(name, value, results):
    found = await emitted(name, {"name": "n", "value": value})
    assert found == [("result", result) for result in results]


REFUSED = [
    pytest.param("AgentNumberInput", "x", "is not a number", id="word"),
    pytest.param("AgentDateInput", "2026-02-30", "2026-01-31", id="no-such-day"),
    pytest.param("AgentDateInput", "0", "2026-01-31", id="no-seconds-since-1970"),
    pytest.param("AgentTimeInput", "25:00", "09:30", id="no-such-hour"),
    pytest.param("AgentToggleInput", "maybe", "neither", id="no-yes-or-no"),
    pytest.param("AgentTableInput", "x", "at 0", id="text-is-no-row"),
]


@pytest.mark.parametrize(("name", "value", "part"), REFUSED)
async def test_input_refuses_what_does_not_fit(name, value, part):
    assert part in await failure(name, {"name": "n", "value": value})


SCHEMAS = [
    pytest.param("AgentShortTextInput", "string", "short-text", id="short"),
    pytest.param("AgentLongTextInput", "string", "long-text", id="long"),
    pytest.param("AgentNumberInput", "integer", None, id="number"),
    pytest.param("AgentDateInput", "string", "date", id="date"),
    pytest.param("AgentTimeInput", "string", "time", id="time"),
    pytest.param("AgentToggleInput", "boolean", None, id="toggle"),
    pytest.param("AgentTableInput", "array", "table", id="table"),
]


@pytest.mark.parametrize(("name", "kind", "form"), SCHEMAS)
def test_schema_of_the_value_shapes_the_form(name, kind, form):
    schema = named(name).inputs["value"].schema
    assert (schema["type"], schema.get("format")) == (kind, form)


FORMATTED = [
    pytest.param("n", [1, 2], "{{ n|join('+') }}", "1+2", id="template"),
    pytest.param("two words", 1, "[{{ two }}]", "[]", id="name-that-is-no-variable"),
    pytest.param("n", "<", "{{ n }}", "<", id="html-is-left-alone"),
]


@pytest.mark.parametrize(("name", "value", "template", "text"), FORMATTED)
async def test_output_is_put_into_its_format(name, value, template, text):
    inputs = {"name": name, "value": value, "format": template}
    assert await emitted("AgentOutput", inputs) == [("output", text)]


async def test_html_in_an_output_is_escaped_on_request():
    inputs = {"name": "n", "value": "<", "format": "{{ n }}", "escape_html": True}
    assert await emitted("AgentOutput", inputs) == [("output", "&lt;")]


@pytest.mark.parametrize("template", ["{% if %}", "{{ 1 / 0 }}", "{{ 'a' * 99999 }}"])
async def test_what_is_wrong_with_a_format_is_the_output(template):
    inputs = {"name": "n", "value": 1, "format": template}
    [(pin, text)] = await emitted("AgentOutput", inputs)
    assert pin == "output"
    assert "template" in text or "limit" in text
