"""Templates, patterns, XML and code that reach out or use the machine up."""

import time

import pytest

from tests.blocks.hostile import played, refusal
from tests.core.wire import PUBLIC

MOST_MS = 2_500

# --- Templates ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''['__class__'] }}", "{{ ''|attr('__cl'~'ass__') }}",
        "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
        "{{ x|map(attribute='__class__')|list }}",
        "{{ x|groupby('__class__')|list }}", "{{ x|sum(attribute='__class__') }}",
        "{{ '%s'|format(x.__class__) }}", "{{ ''.join.__self__ }}",
        "{{ '{a.__class__}'.format_map({'a': 1}) }}", "{{ namespace.__init__ }}",
        "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
        "{{ x.__class__ is defined }}",
        "{{ x.pop() }}", "{% set a = x.append(1) %}", "{{ 'é'.encode('idna') }}",
        "{% include '/etc/passwd' %}", "{% extends 'a' %}", "{% from 'os' import a %}",
    ],
)  # fmt: skip
def test_template_reaches_nothing(text: str):
    given = {"format": text, "values": {"x": [1]}}
    assert refusal("FillTextTemplate", given) == "bad_template"


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a'.zfill(1000000000) }}", "{{ '%1000000000d' % 1 }}",
        "{{ 2**1000**1000 }}",
        "{{ '%*d' % (1000000000, 1) }}", "{{ '{:>1000000000}'.format(1) }}",
        "{{ 'a'|indent(1000000000) }}", "{{ x|slice(1000000000)|list }}",
        "{{ '\\t'.expandtabs(1000000000) }}", "{{ (1, 2) * 1000000000 }}",
        "{{ ('a' * 9999)|replace('a', 'b' * 9999)|length }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for a in x recursive %}{{ loop(x) }}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
        "{% set n = namespace(s='a') %}{% for i in range(60) %}"
        "{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s|length }}",
    ],
)  # fmt: skip
def test_template_uses_nothing_up(text: str):
    outcome = played("FillTextTemplate", {"format": text, "values": {"x": [1]}})
    assert outcome.error is not None, outcome.outputs
    assert outcome.error.code == "template_limit"


# --- Patterns -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ExtractTextInformation", "MatchTextPattern"])
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        pytest.param("(a*)*$", "a" * 40 + "!", id="star-of-star"),
        pytest.param("(.*a){20}$", "a" * 60, id="counted-group"),
        pytest.param("^(\\w+\\s?)*$", "word " * 20 + "!", id="words"),
        pytest.param("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 60, id="class-name"),
        pytest.param("(a?){60}a{60}", "a" * 60, id="optional"),
        pytest.param("(?=(a+))a*b\\1", "a" * 60, id="look-ahead"),
        pytest.param("(?i)(k|K|\u212a)*$", "k" * 50 + "!", id="case-folded"),
        pytest.param(".*.*.*=.*", "a" * 20_000, id="three-stars"),
        pytest.param("((a{0,50}){0,50}){0,50}b", "a" * 60, id="counted-thrice"),
        pytest.param("()" * 5_000, "a", id="many-groups"),
        pytest.param("(" * 5_000 + ")" * 5_000, "a", id="deep-groups"),
        pytest.param("a" * 100_000, "a", id="long"),
        pytest.param("(?R)", "a", id="recursive"),
    ],
)
def test_pattern_takes_time_and_memory_of_its_size(name: str, pattern: str, text: str):
    pin = "match" if name == "MatchTextPattern" else "pattern"
    began = time.perf_counter()
    outcome = played(name, {pin: pattern, "text": text, "data": 1})
    assert (time.perf_counter() - began) * 1_000 < MOST_MS
    assert outcome.error is None or outcome.error.code == "unsupported_pattern"


@pytest.mark.parametrize(
    ("groups", "code"), [(500, None), (501, "unsupported_pattern")]
)
def test_groups_of_a_pattern_are_counted(groups: int, code: str | None):
    given = {"match": "()" * groups, "text": "a", "data": 1}
    outcome = played("MatchTextPattern", given)
    assert (outcome.error and outcome.error.code) == code


# --- XML ------------------------------------------------------------------------------

DTD = "<!DOCTYPE r [%s]><r>%s</r>"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>", id="external-dtd"),
        pytest.param(
            "<!DOCTYPE r PUBLIC 'x' 'http://127.0.0.1/'><r/>", id="public-dtd"
        ),
        pytest.param(DTD % ("<!ENTITY a 'x'>", "&a;"), id="entity"),
        pytest.param(DTD % ("<!ELEMENT r ANY>", "x"), id="element"),
        pytest.param(
            DTD % ("<!ENTITY % a '<!ENTITY b SYSTEM \"http://127.0.0.1\">'>%a;", "&b;"),
            id="parameter-entity",
        ),
        pytest.param("<!DOCTYPE r><r/>", id="empty-dtd"),
        pytest.param("<r>&undefined;</r>", id="undefined-entity"),
        pytest.param("<r>&#0;</r>", id="nul"),
        pytest.param("<r>&#xD800;</r>", id="half-character"),
        pytest.param("<r>" * 100_000, id="deep-open"),
        pytest.param("<r>" * 5_000 + "</r>" * 5_000, id="deep"),
        pytest.param("<r>" + "<a/>" * 500_000 + "</r>", id="wide"),
        pytest.param("<r a='1' a='2'/>", id="doubled-attribute"),
    ],
)
def test_xml_is_refused(text: str):
    assert refusal("XMLParser", {"input_xml": text}) in ("bad_input", "too_large")
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n"
    given = {"rss_url": "http://public.test/", "polling_rate": 10}
    once = {**given, "run_continuously": False}
    outcome = played("ReadRSSFeed", once, answer=(head + text).encode())
    assert outcome.error is not None
    assert outcome.connects == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<?xml-stylesheet href='http://127.0.0.1/a.xsl'?><r/>", id="xslt"),
        pytest.param(
            "<r xmlns:xi='http://www.w3.org/2001/XInclude'>"
            "<xi:include href='file:///etc/passwd' parse='text'/></r>",
            id="xinclude",
        ),
    ],
)
def test_xml_asks_nobody_for_more(text: str):
    outcome = played("XMLParser", {"input_xml": text})
    assert (outcome.error, outcome.connects) == (None, [])
    assert "root:" not in outcome.text


# --- Code -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "import os\nos.environ"), ("python", "import ctypes"),
        ("python", "open('/etc/passwd').read()"),
        ("python", "'{0.__class__}'.format(1)"),
        ("python", "getattr((), '__cla' + 'ss__')"), ("python", "input()"),
        ("js", "globalThis.constructor.constructor('return process')()"),
        ("js", "require('fs')"), ("js", "import('os')"), ("js", "fetch('http://a.test')"),
        ("js", "eval('import(\"os\")')"),
    ],
)  # fmt: skip
def test_code_reaches_nothing(language: str, code: str):
    given = {"code": code, "language": language, "timeout": 5}
    assert refusal("ExecuteCode", given) == "code_failed"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        pytest.param("Object.prototype.toJSON = () => 1; ({})", 1, id="prototype"),
        pytest.param("JSON.stringify = () => '{}'; 1", 1, id="stringify"),
        pytest.param("globalThis.console = null; 1", 1, id="console"),
    ],
)
def test_code_that_bends_its_world_bends_its_own_alone(code: str, result: object):
    outcome = played("ExecuteCode", {"code": code, "language": "js", "timeout": 5})
    assert dict(outcome.outputs)["main_result"]["json"] == result
