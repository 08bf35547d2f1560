"""What the damage to a codec shows: tests that failed, and nothing that merely did not run."""

import pytest

from tests.hardware.proof.mutations import NotRun, mutations, passed, try_codec

CODEC = """ASK = b"P1"

def number(text):
    return int(text) + 5
"""
TESTS = """from hardware.box.codec import ASK, number

def test_it():
    assert ASK == b"P1"
"""
BOTH = TESTS + "    assert number('2') == 7\n"


@pytest.fixture
def box(tmp_path, monkeypatch):
    """Return what tries a codec with these tests, in a project that has nothing else."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    codec = tmp_path / "hardware/box/codec.py"
    tests = tmp_path / "tests/hardware/box/test_codec.py"
    for file in (codec, tests):
        file.parent.mkdir(parents=True)
        for folder in (file.parent, file.parents[1]):
            (folder / "__init__.py").touch()
    (tmp_path / "tests/__init__.py").touch()
    codec.write_text(CODEC, encoding="utf-8")

    def attempt(text):
        if text:
            tests.write_text(text, encoding="utf-8")
        told = try_codec(tmp_path, codec, "box")
        assert codec.read_text(encoding="utf-8") == CODEC
        return told

    return attempt


def test_damage_that_fails_a_test_is_noticed_and_what_survives_is_told(box):
    assert box(BOTH) == (["box/codec.py                     2 constants damaged, 2 noticed"], 0)
    lines, wrong = box(TESTS)
    assert (lines, wrong) == (
        ["box/codec.py                     2 constants damaged, 1 noticed", "    line 4: 5 -> 6"], 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        (f"{TESTS}    assert False\n", "its tests fail without any damage"),
        ("import nothing_of_that_name\n", "its tests fail without any damage"),
        ("", "there are no tests in tests/hardware/box"),
        ("# none\n", "pytest ended with 5: no tests ran in"),
    ],
)
def test_tests_that_show_nothing_without_damage_show_nothing_with_it(box, tests, why):
    lines, wrong = box(tests)
    assert (len(lines), wrong) == (1, 1)
    assert f"not tried: {why}" in lines[0]


def test_only_what_failed_is_a_failure():
    assert passed(0, "")
    assert not passed(1, "1 failed")
    assert not passed(2, "Interrupted: 1 error during collection")
    assert not passed(4, "ImportError while loading conftest")
    for code, said in (
        (2, "Interrupted: KeyboardInterrupt"),
        (3, "INTERNALERROR"),
        (4, "no such file"),
        (5, ""),
        (-9, ""),
    ):
        with pytest.raises(NotRun, match=f"pytest ended with {code}: "):
            passed(code, said)


def test_each_constant_is_another_once():
    assert [(found.line, found.was, found.now) for found in mutations(CODEC)] == [(1, 'b"P1"', 'b"P0"'), (4, "5", "6")]
