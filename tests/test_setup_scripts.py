"""What `make` decides by itself: which Node fits, what is up to date, which servers."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import frontend, own_servers, packages, services, setup
from scripts.commands import ROOT, SetupError, output_of, run
from scripts.semver import RangeError, Version, parse_version, satisfies
from scripts.stamps import digest, is_done, stamped

NUMBERS = st.integers(0, 50)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS)


def dotted(version):
    return ".".join(map(str, version))


# --- Version ranges -------------------------------------------------------------------

ENGINES = "^20.19 || >=22.12"

IN_RANGE = [
    # the range of our own package.json
    pytest.param("20.19.0", ENGINES, True, id="its lowest"),
    pytest.param("20.20.2", ENGINES, True, id="a later minor of it"),
    pytest.param("20.18.3", ENGINES, False, id="just below"),
    pytest.param("21.9.0", ENGINES, False, id="a caret keeps the major"),
    pytest.param("22.11.0", ENGINES, False, id="below the other alternative"),
    pytest.param("22.12.0", ENGINES, True, id="the other alternative"),
    pytest.param("30.0.0", ENGINES, True, id="no upper limit"),
    # carets keep the first number that is not zero
    pytest.param("0.2.9", "^0.2.3", True, id="caret below one"),
    pytest.param("0.3.0", "^0.2.3", False, id="caret below one is narrow"),
    pytest.param("0.0.4", "^0.0.3", False, id="caret on a patch alone"),
    pytest.param("0.9.9", "^0", True, id="caret on zero"),
    # tildes keep the minor, if there is one
    pytest.param("1.2.9", "~1.2.3", True, id="tilde"),
    pytest.param("1.3.0", "~1.2.3", False, id="tilde keeps the minor"),
    pytest.param("1.9.0", "~1", True, id="tilde on a major"),
    # comparators, with what is left out
    pytest.param("20.9.9", "<=20", True, id="at most a major takes all of it"),
    pytest.param("21.0.0", "<=20", False, id="at most a major ends with it"),
    pytest.param("20.5.0", ">20", False, id="above a major is the next"),
    pytest.param("19.9.9", "<20.0.0", True, id="less than"),
    pytest.param("20.0.0", "<20", False, id="less than excludes it"),
    pytest.param("18.5.0", ">=18 <20", True, id="both hold"),
    pytest.param("20.0.0", ">=18 <20", False, id="one of both fails"),
    pytest.param("18.0.0", ">= 18 < 20", True, id="spaces after the operators"),
    # bare versions and wildcards
    pytest.param("20.4.1", "20", True, id="a bare major"),
    pytest.param("20.4.1", "20.x", True, id="a wildcard"),
    pytest.param("20.4.1", "v20.4", True, id="a v before it"),
    pytest.param("20.4.2", "=20.4.1", False, id="exactly"),
    pytest.param("0.0.1", "*", True, id="anything"),
    pytest.param("0.0.1", "", True, id="nothing said is anything"),
    pytest.param("9.0.0", ">*", False, id="nothing is above everything"),
]


@pytest.mark.parametrize(("version", "wanted", "expected"), IN_RANGE)
def test_a_version_is_in_its_range(version, wanted, expected):
    parsed = parse_version(version)
    assert parsed is not None
    assert satisfies(parsed, wanted) is expected


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param("18 - 20", id="hyphen range"),
        pytest.param(">=20.0.0-rc.1", id="pre-release"),
        pytest.param("lts", id="a word"),
        pytest.param("1.2.3.4", id="four numbers"),
        pytest.param("* || lts", id="a fault behind what already fits"),
    ],
)
def test_a_range_that_is_not_understood_is_refused_by_name(wanted):
    with pytest.raises(RangeError, match="cannot read"):
        satisfies(Version(20), wanted)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        pytest.param("v20.19.0\n", Version(20, 19, 0), id="as Node prints it"),
        pytest.param("24.1.10", Version(24, 1, 10), id="without the v"),
        pytest.param("v23.0.0-nightly2024", None, id="a pre-release"),
        pytest.param("", None, id="no Node"),
        pytest.param("v20", None, id="half a version"),
    ],
)
def test_a_version_is_read_as_it_is_printed(printed, expected):
    assert parse_version(printed) == expected


@given(VERSIONS, VERSIONS)
def test_at_least_and_below_part_all_versions_in_two(version, limit):
    at_least = satisfies(version, f">={dotted(limit)}")
    assert at_least is (version >= limit)
    assert at_least is not satisfies(version, f"<{dotted(limit)}")


@given(VERSIONS, VERSIONS)
def test_a_tilde_never_takes_more_than_a_caret_above_one(version, base):
    base = base._replace(major=base.major + 1)
    if satisfies(version, f"~{dotted(base)}"):
        assert satisfies(version, f"^{dotted(base)}")


@given(VERSIONS, VERSIONS)
def test_alternatives_are_joined_by_or(version, other):
    assert satisfies(version, f"={dotted(other)} || ={dotted(version)}")


# --- Which Node -----------------------------------------------------------------------


def put_program(folder, name, text):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def bare_path(tmp_path, monkeypatch):
    """An empty folder as the whole PATH; a wheel that has Node 24."""
    wheel = tmp_path / "wheel"
    put_program(wheel, "node", "echo v24.19.0")
    put_program(wheel, "npm", "true")
    monkeypatch.setattr(frontend, "install_node", lambda: wheel)
    monkeypatch.setattr(frontend, "_engines", lambda: ENGINES)
    monkeypatch.delenv("NODE_FROM", raising=False)
    system = tmp_path / "system"
    system.mkdir()
    monkeypatch.setenv("PATH", str(system))
    return system


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        pytest.param({"node": "echo v20.19.5", "npm": "true"}, "v20.19.5", id="fits"),
        pytest.param({"node": "echo v18.20.0", "npm": "true"}, "v24.19.0", id="old"),
        pytest.param({"node": "echo v20.19.5"}, "v24.19.0", id="without npm"),
        pytest.param({"node": "exit 1", "npm": "true"}, "v24.19.0", id="broken"),
        pytest.param({}, "v24.19.0", id="none"),
    ],
)
def test_the_machines_node_is_taken_only_if_it_fits(bare_path, system, expected):
    for name, text in system.items():
        put_program(bare_path, name, text)
    assert frontend.find_node().version == expected


def test_the_wheel_is_taken_when_asked_for(bare_path, monkeypatch):
    put_program(bare_path, "node", "echo v20.19.5")
    put_program(bare_path, "npm", "true")
    monkeypatch.setenv("NODE_FROM", "wheel")
    node = frontend.find_node()
    assert node.version == "v24.19.0"
    assert node.env["PATH"].startswith(str(Path(node.npm).parent))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(
            "system", "No node with npm on the PATH satisfies", id="not there"
        ),
        pytest.param("elsewhere", "NODE_FROM is 'elsewhere'", id="no such source"),
    ],
)
def test_a_source_that_cannot_be_is_refused(bare_path, monkeypatch, source, message):
    monkeypatch.setenv("NODE_FROM", source)
    with pytest.raises(SetupError, match=message):
        frontend.find_node()


def test_our_own_engines_are_a_range_we_can_read():
    assert satisfies(Version(22, 12), frontend._engines())
    assert not satisfies(Version(16), frontend._engines())


# --- What is up to date ---------------------------------------------------------------


@given(st.binary(), st.binary())
def test_a_digest_changes_with_the_content_alone(tmp_path_factory, before, after):
    file = tmp_path_factory.mktemp("digest") / "file"
    file.write_bytes(before)
    first = digest([file])
    file.unlink()
    file.write_bytes(after)
    assert (digest([file]) == first) is (before == after)


def test_a_digest_sees_names_facts_and_files_that_are_gone(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("same")
    two.write_text("same")
    digests = {
        digest([one]),
        digest([two]),
        digest([one, two]),
        digest([one], "v20"),
        digest([one], "v22"),
        digest([one], "v2", "2"),
        digest([one, tmp_path / "gone"]),
    }
    assert len(digests) == 7
    assert digest([two, one]) == digest([one, two])


def test_a_step_is_remembered_only_when_it_came_to_its_end(tmp_path):
    stamp = tmp_path / "stamps" / "step"
    with stamped(stamp, "a"):
        assert not is_done(stamp, "a")
    assert is_done(stamp, "a")
    assert not is_done(stamp, "b")
    with pytest.raises(SetupError), stamped(stamp, "a"):
        raise SetupError("half-way")
    assert not is_done(stamp, "a")


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        pytest.param("3 11", True, id="the oldest"),
        pytest.param("3 14", True, id="a newer one"),
        pytest.param("3 9", False, id="too old, though 9 sorts after 11 as text"),
        pytest.param("", False, id="no Python, or one without pip"),
    ],
)
def test_an_environment_is_kept_while_its_python_will_do(printed, expected):
    assert packages.is_usable(printed) is expected


def test_a_lock_file_is_installed_once_until_it_changes(tmp_path, monkeypatch):
    installs = []
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.setattr(packages, "make_venv", lambda venv: None)
    monkeypatch.setattr(packages, "run", lambda *command: installs.append(command))
    lock = tmp_path / "requirements.txt"
    for text, expected in [("a==1", 1), ("a==1", 1), ("a==2", 2), ("a==1", 3)]:
        lock.write_text(text)
        packages.install("requirements.txt", tmp_path / ".venv")
        assert len(installs) == expected
    assert all("--require-hashes" in command for command in installs)


@pytest.mark.parametrize("parts", [[], ["python", "pyhton"]])
def test_set_up_names_its_parts_when_asked_for_another(capsys, parts, monkeypatch):
    monkeypatch.setitem(setup.PARTS, "python", lambda: pytest.fail("must not start"))
    assert setup.main(parts) == 2
    assert "frontend" in capsys.readouterr().err


def test_set_up_fails_with_one_sentence(capsys, monkeypatch):
    def fail() -> None:
        raise SetupError("No such thing.")

    monkeypatch.setitem(setup.PARTS, "python", fail)
    assert setup.main(["python"]) == 1
    assert capsys.readouterr().err == "No such thing.\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        pytest.param(["/no/such/program"], "Cannot run /no/such/program", id="missing"),
        pytest.param(["sh", "-c", "exit 3"], "Failed with exit code 3: sh", id="fails"),
    ],
)
def test_a_program_that_does_not_succeed_stops_the_set_up(command, message):
    with pytest.raises(SetupError, match=message):
        run(*command)
    assert output_of(*command) == ""


# --- Python on this machine -----------------------------------------------------------


def find_python(tmp_path, program):
    put_program(tmp_path / "bin", "candidate", program)
    return subprocess.run(
        ["scripts/find-python"],
        env={"PYTHON": str(tmp_path / "bin" / "candidate"), "PATH": "/usr/bin:/bin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        pytest.param(
            'case "$*" in *"< (3, 11)"*) exit 1;; esac; echo Python 3.9.2',
            "Python 3.11 or newer is needed and there is Python 3.9.2 here",
            id="too old",
        ),
        pytest.param("exit 127", "there is no /", id="not a Python"),
        pytest.param(
            'case "$*" in *ensurepip*) exit 1;; esac',
            "apt-get install python3-venv",
            id="without its venv module",
        ),
    ],
)
def test_a_python_that_will_not_do_is_named_in_one_line(tmp_path, program, sentence):
    done = find_python(tmp_path, program)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_python_that_will_do_is_printed(tmp_path):
    done = find_python(tmp_path, "exit 0")
    assert done.stdout == f"{tmp_path / 'bin' / 'candidate'}\n"


# --- Services -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["--", "pytest", "-q"], ([], ["pytest", "-q"]), id="command"),
        pytest.param(["--nowhere", "--", "a"], (["--nowhere"], ["a"]), id="option"),
        pytest.param(["--", "a", "--", "b"], ([], ["a", "--", "b"]), id="its own --"),
        pytest.param(["pytest"], (["pytest"], []), id="no command"),
    ],
)
def test_the_command_is_what_follows_the_dashes(arguments, expected):
    assert services.split_command(arguments) == expected


def test_the_environment_keeps_secrets_that_are_set_and_makes_the_others():
    given = {
        "SECRET_KEY": "mine",
        "JWT_SECRET": "",
        "DATABASE_URL": "old",
        "HOME": "/h",
    }
    made = services.environment(given, services.NOWHERE)
    assert made["SECRET_KEY"] == "mine"
    assert made["HOME"] == "/h"
    assert made["DATABASE_URL"] == services.NOWHERE["DATABASE_URL"]
    assert len(made["JWT_SECRET"]) >= 50
    assert len(base64.urlsafe_b64decode(made["ENCRYPTION_MASTER_KEY"])) == 32
    assert made["JWT_SECRET"] != services.throw_away_secrets()["JWT_SECRET"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("postgresql://u:pw@db:5432/x", "db:5432/x", id="password"),
        pytest.param("redis://:pw@cache/2", "cache:default port/2", id="no port"),
        pytest.param(
            "postgresql://u:pw@db/x?password=pw", "db:default port/x", id="query"
        ),
    ],
)
def test_an_address_never_shows_a_password(url, expected):
    assert services.address(url) == expected


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_server_that_is_named_but_does_not_answer_is_an_error(
    name, monkeypatch, capsys
):
    scheme = {"DATABASE_URL": "postgresql", "REDIS_URL": "redis"}[name]
    monkeypatch.setenv(name, f"{scheme}://someone:hidden@127.0.0.1:1/0")
    server = services.postgresql if name == "DATABASE_URL" else services.redis_server
    with pytest.raises(own_servers.ServicesError, match=name) as refusal, server():
        pass
    assert "hidden" not in str(refusal.value)


def test_the_first_folder_with_a_whole_postgresql_is_taken(tmp_path):
    empty, half, whole = (tmp_path / name for name in ("empty", "half", "whole"))
    for folder in (half, whole):
        put_program(folder, "initdb", "true")
    put_program(whole, "postgres", "true")
    assert own_servers.postgresql_programs([empty, half, whole]) == whole
    assert own_servers.postgresql_programs([empty, half]) is None


def test_a_command_of_the_runner_gives_its_exit_code():
    command = ["--nowhere", "--", sys.executable, "-c", "raise SystemExit(7)"]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.services", *command], cwd=ROOT
    )
    assert done.returncode == 7
