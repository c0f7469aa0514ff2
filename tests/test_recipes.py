"""The long-lived commands of the Makefile, as the recipes have them."""

import pytest

from scripts.recipes import command_of, last_command

RECIPES = [
    pytest.param(
        "python -m scripts.setup\nexec py -m scripts.foreground manage.py up -p 1\n",
        ["py", "-m", "scripts.foreground", "manage.py", "up", "-p", "1"],
        id="the last line",
    ),
    pytest.param(
        "py -m scripts.foreground a\nexec py -m scripts.foreground b \\\n\t--ws x",
        ["py", "-m", "scripts.foreground", "b", "--ws", "x"],
        id="a line that goes on",
    ),
]


@pytest.mark.parametrize(("dry_run", "command"), RECIPES)
def test_the_long_lived_command_of_a_recipe(dry_run, command):
    assert last_command(dry_run) == command


def test_a_recipe_without_one_is_refused():
    with pytest.raises(ValueError, match="no command"):
        last_command("true\n")


COMMANDS = [
    pytest.param("web", {"PORT": 1234}, ["-m", "uvicorn", "1234"], id="web"),
    pytest.param("worker", {}, ["-m", "celery", "worker"], id="worker"),
    pytest.param("run", {"PORT": 99}, ["manage.py", "up", "99"], id="run"),
]


@pytest.mark.parametrize(("target", "variables", "words"), COMMANDS)
def test_the_makefile_says_what_is_measured(target, variables, words):
    command = command_of(target, **variables)
    assert command[1:3] == ["-m", "scripts.foreground"]
    assert set(words) <= set(command)


def test_a_command_is_what_the_recipe_starts_in_the_foreground():
    recipe = (
        "test -n x\npython -m scripts.setup python\n"
        "exec python -m scripts.foreground -m celery worker \\\n\t--loglevel INFO\n"
    )
    expected = ["-m", "celery", "worker", "--loglevel", "INFO"]
    assert last_command(recipe)[3:] == expected


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("web", {"autogpt_site.asgi:application", "4711"}),
        ("worker", {"worker", "autogpt_site"}),
        ("beat", {"beat", "autogpt_site"}),
    ],
)
def test_the_processes_are_those_of_the_makefile(target, words):
    assert words <= set(command_of(target, PORT=4711))
