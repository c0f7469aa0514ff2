"""Blocks that agents from elsewhere name have the pins and defaults they rely on."""

import json
from pathlib import Path
from typing import Any

import pytest

from blocks.registry import registry
from blocks.spec import BlockSpec, Pin

INVENTORY = json.loads(Path(__file__).with_name("inventory.json").read_text())
HERE = {spec.id: spec for spec in registry}

NOT_HERE = {
    "AddAudioToVideoBlock",
    "AddMemoryBlock",
    "AddToLibraryFromStoreBlock",
    "AutoPilotBlock",
    "BlockInstallationBlock",
    "ClaudeCodeBlock",
    "CodeGenerationBlock",
    "CompassAITriggerBlock",
    "ExtractWebsiteContentBlock",
    "GetAllMemoriesBlock",
    "GetLatestMemoryBlock",
    "GetStoreAgentDetailsBlock",
    "GetWeatherInformationBlock",
    "LoopVideoBlock",
    "MediaDurationBlock",
    "PerplexityBlock",
    "PineconeInitBlock",
    "PineconeInsertBlock",
    "PineconeQueryBlock",
    "SearchMemoryBlock",
    "SearchStoreAgentsBlock",
    "SearchTheWebBlock",
    "TranscribeYoutubeVideoBlock",
    "VideoClipBlock",
    "VideoConcatBlock",
    "VideoDownloadBlock",
    "VideoTextOverlayBlock",
}
"""They need a service, a codec or a shop; a graph that names one gets a placeholder."""

FILLED_IN = {"AgentExecutorBlock"}
"""Its required pins are filled by the engine, so here they are not required."""

ROWS = [
    pytest.param(row, HERE[row["id"]], id=row["name"])
    for row in INVENTORY
    if row["id"] in HERE
]
PINS = [
    pytest.param(wanted, pin, id=f"{row['name']}-{wanted['name']}")
    for row in INVENTORY
    if row["id"] in HERE and row["name"] not in FILLED_IN
    for wanted in row["inputs"]
    if (pin := HERE[row["id"]].inputs.get(wanted["name"]))
]
TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


def test_it_is_known_which_blocks_are_missing():
    assert {row["name"] for row in INVENTORY if row["id"] not in HERE} == NOT_HERE


@pytest.mark.parametrize(("row", "spec"), ROWS)
def test_block_is_what_its_id_promises(row: dict[str, Any], spec: BlockSpec):
    assert spec.name == row["name"]
    assert spec.static_output == row["static"]
    categories = {category.name for category in spec.categories}
    assert not row["categories"] or categories == set(row["categories"])


@pytest.mark.parametrize(("row", "spec"), ROWS)
def test_pins_are_there_in_their_order(row: dict[str, Any], spec: BlockSpec):
    """Pins of our own may stand among them; nobody elsewhere fills those."""
    wanted = [pin["name"] for pin in row["inputs"]]
    assert [name for name in spec.inputs if name in wanted] == wanted
    assert [name for name in spec.outputs if name in row["outputs"]] == row["outputs"]
    added = [pin for name, pin in spec.inputs.items() if name not in wanted]
    assert [pin.name for pin in added if pin.required] == []


@pytest.mark.parametrize(("wanted", "pin"), PINS)
def test_pin_takes_what_it_takes_elsewhere(wanted: dict[str, Any], pin: Pin):
    # A credential may be left out here: it is asked for when it is needed.
    required = wanted.get("required", False) and wanted["name"] != "credentials"
    assert pin.required == required
    assert pin.advanced == wanted.get("advanced", False)
    assert pin.schema.get("hidden", False) == wanted.get("hidden", False)
    if "type" in wanted:
        assert pin.schema.get("type") == TYPES.get(wanted["type"])


@pytest.mark.parametrize(
    ("wanted", "pin"), [p for p in PINS if "default" in p.values[0]]
)
def test_pin_left_out_means_what_it_means_elsewhere(wanted: dict[str, Any], pin: Pin):
    if wanted["name"] == "credentials":
        assert not pin.default
    else:
        # Also told apart: 0 from 0.0 and False.
        assert (type(pin.default), pin.default) == (
            type(wanted["default"]),
            wanted["default"],
        )
