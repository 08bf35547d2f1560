"""The flags."""

from pathlib import Path

import pytest

from roles.boot.arguments import Arguments, parse

ROOT = Path("/nowhere/site")


def test_nothing_given_is_the_default_root_and_a_console():
    assert parse([], "acquisition", ROOT) == Arguments(role="acquisition", root=ROOT)


def test_every_flag_arrives():
    argv = ["--root", "/x", "--simulate", "--headless", "--check", "--log", "json", "--log-file", "/l", "-v"]
    assert parse([*argv, "--set", "a.b=c=d", "--set", "e=", "--parent-pipe", "7"], "lab", ROOT) == Arguments(
        role="lab",
        root=Path("/x"),
        root_given=True,
        check=True,
        simulate=True,
        headless=True,
        log="json",
        log_file=Path("/l"),
        verbose=True,
        settings={"a.b": "c=d", "e": ""},
        parent_pipe=7,
    )


def test_statements_may_begin_with_anything():
    assert parse(["-c", "open('A')"], "acquisition", ROOT).code == "open('A')"


@pytest.mark.parametrize(
    "argv",
    [
        ["-c", "1", "-c", "2"],
        ["--headless", "-c", "1"],
        ["--rot", "x"],
        ["--set", "novalue"],
        ["--log", "loud"],
        ["-c", "1", "--script", "f"],
        ["stray"],
        ["--root", ""],
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        parse(argv, "acquisition", ROOT)
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("python -m roles.acquisition: ")
    assert err.count("\n") == 1


def test_help_names_every_flag_but_the_parents_pipe(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"], "acquisition", ROOT)
    out = capsys.readouterr().out
    flags = ["--root", "--init", "--check", "--simulate", "--headless", "-c", "--script", "--commands"]
    flags += ["--log", "--log-file", "-v", "--set"]
    assert [flag for flag in flags if flag not in out] == []
    assert "--parent-pipe" not in out
