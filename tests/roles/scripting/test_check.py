"""What is found in a script before it runs."""

import pytest

from roles.scripting.check import Source, check_script

VALVES = ("A", "B", "Inner")


@pytest.mark.parametrize(
    ("source", "findings"),
    [
        ("open('A')\nsleep(1)\nclose(valve='B')\n", []),
        ("open('bone to turbo')", []),
        ("name = 'Q'\nopen(name)", []),
        ("import line\nline.open('Q')", []),
        ("def f(x, *more):\n    y = x\n    return [z for z in more], y, lambda w: w\nf(1)", []),
        ("class C:\n    a = 1\n    b = a\ntry:\n    C()\nexcept ValueError as why:\n    info(why)", []),
        ("def f():\n    global g\n    g = 1\nf()\ninfo(g)", []),
        ("from math import *\ninfo(tau)", []),
        ("close('B')\nopne('A')", ["fill.py:2: opne is not known here (did you mean open?)"]),
        ("def f():\n    return sleap(1)", ["fill.py:2: sleap is not known here (did you mean sleep?)"]),
        ("open('A'", ["fill.py:1: syntax: '(' was never closed"]),
        ("open('A')\nif x\n", ["fill.py:2: syntax: expected ':'"]),
        ("\x00", ["fill.py:1: syntax: source code string cannot contain null bytes"]),
        ("open()", ["fill.py:1: open() needs a valve"]),
        ("open(1)", ["fill.py:1: open(1): a valve is named in quotes"]),
        (
            "if is_open('Iner'):\n    lock('Q')",
            [
                "fill.py:1: is_open('Iner'): Iner is not a registered valve name (did you mean Inner?)",
                "fill.py:2: lock('Q'): Q is not a registered valve name",
            ],
        ),
        ("gosub('gone')", ["fill.py:1: gosub('gone'): there is no such script"]),
        ("gosub()", ["fill.py:1: gosub() needs a script"]),
    ],
)
def test_each_mistake_is_found_with_its_place(source, findings):
    assert check_script(Source("fill.py", source), VALVES, descriptions=["Bone to Turbo", ""]) == findings


def test_scripts_that_are_called_are_checked_too_each_once():
    shelf = {"pump": Source("pump.py", "open('Q')\ngosub('fill')"), "fill": Source("fill.py", "gosub('pump')")}
    found = check_script(Source("fill.py", "gosub('pump')\ngosub('pump')"), VALVES, find=shelf.get)
    assert found == ["pump.py:1: open('Q'): Q is not a registered valve name"]
