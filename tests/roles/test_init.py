"""`python -m roles.init`: what it writes works, in the hands of somebody who has nothing but valvetree."""

import subprocess
import sys
from pathlib import Path

import pytest

import roles
from roles.init import KINDS, main, package

PROJECT = Path(roles.__file__).parents[1]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(PROJECT), "PATH": "", "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_package_passes_its_own_tests(tmp_path: Path, kind: str) -> None:
    written = run(tmp_path, "-m", "roles.init", kind, "my_box")
    assert written.returncode == 0, written.stderr
    assert written.stdout.splitlines()[-1] == "try it: cd my_box && python -m pytest"
    plug_in = [] if _installed() else ["-p", "hardware.conformance.plugin"]
    tried = run(tmp_path / "my_box", "-m", "pytest", "-q", *plug_in)
    assert tried.returncode == 0, tried.stdout[-2000:]


def _installed() -> bool:
    from importlib.metadata import entry_points  # noqa: PLC0415

    return bool(entry_points(group="pytest11", name="valvetree"))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_template_is_left(kind: str) -> None:
    files = package(kind, "my_box")
    for path, text in files.items():
        for left in ("relay_box", "RelayBox", "relay-box"):
            assert left not in path + text, path
    assert {"pyproject.toml", "site/setupfiles/devices/my_box.yaml", "my_box/simulator.py"} <= files.keys()


def test_a_class_that_breaks_its_promise_fails_the_kit(tmp_path: Path) -> None:
    run(tmp_path, "-m", "roles.init", "actuator", "my_box")
    driver = tmp_path / "my_box/my_box/driver.py"
    text = driver.read_text(encoding="utf-8")
    from_memory = f"{text.partition('    def read(')[0]}    def read(self, channel):\n        return True\n"
    driver.write_text(from_memory, encoding="utf-8")
    plug_in = [] if _installed() else ["-p", "hardware.conformance.plugin"]
    tried = run(tmp_path / "my_box", "-m", "pytest", "-q", *plug_in)
    assert tried.returncode == 1
    assert "test_a_relay_that_sticks_is_read_where_it_stands" in tried.stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("My-Relay", "is no name of a package"),
        ("class", "is no name"),
        *((name, f"{name!r} is a package already") for name in ("actors", "hardware", "roles", "transports", "tests")),
        ("queue", "is a package already"),
        ("u3", "is a package already"),
        ("structlog", "is a package already, in "),
        ("yaml", "is a package already, in "),
        ("eurotherm", "would have a class Eurotherm, and a klass of that name is there already"),
        ("maxi_gauge", "would have a class MaxiGauge, and"),
        ("u3_actuator", "would have a class U3Actuator, and"),
        ("remote_valve", "would have a class RemoteValve, and"),
        ("actuator_device", "would have a class ActuatorDevice, and what it is made of uses that word already"),
    ],
)
def test_a_name_that_is_none_is_refused(
    tmp_path: Path, name: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (main(["actuator", name]), list(tmp_path.iterdir())) == (2, [])
    assert says in capsys.readouterr().err


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "my_box").mkdir()
    (tmp_path / "my_box/pyproject.toml").write_text("mine", encoding="utf-8")
    refused = run(tmp_path, "-m", "roles.init", "gauge", "my_box")
    assert refused.returncode == 2
    assert "exists, not overwritten" in refused.stderr
    assert [path.name for path in (tmp_path / "my_box").iterdir()] == ["pyproject.toml"]


def test_a_folder_that_cannot_be_had_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    refused = run(tmp_path, "-m", "roles.init", "gauge", "my_box", "taken")
    assert refused.returncode == 2
    assert refused.stderr.strip() == "taken: cannot be written: File exists"


@pytest.mark.parametrize("name", ["actors", "hardware", "roles", "tests", "transports"])
def test_ours_are_refused_where_they_are_too(tmp_path: Path, name: str) -> None:
    refused = run(PROJECT, "-m", "roles.init", "actuator", name, str(tmp_path / "new"))
    assert (refused.returncode, list(tmp_path.iterdir())) == (2, [])


def test_what_is_here_already_may_be_written_again_elsewhere(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / "my_box").mkdir(exist_ok=True)
        assert run(tmp_path, "-m", "roles.init", "actuator", "my_box", folder).returncode == 0
