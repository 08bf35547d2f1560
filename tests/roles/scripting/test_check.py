"""What is found in a script before it runs."""

import ast

import pytest

from roles.scripting.check import Source, check_script
from roles.scripting.names import defines_main

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
        ("try:\n    unicode('x')\nexcept NameError:\n    pass", []),
        ("try:\n    raw_input('x')\nexcept Exception:\n    pass", []),
        ("exec('x = print')\nx(1)", []),
        ("globals()['w'] = print\nw(1)", []),
        (
            "def f():\n    opn = 1\n    return opn\nopne('A')",
            ["fill.py:4: opne is not known here (did you mean open?)"],
        ),
        ("return 1", ["fill.py:1: syntax: 'return' outside function"]),
        ("def f(a, a):\n    pass", ["fill.py:1: syntax: duplicate argument 'a' in function definition"]),
        ("match 1:\n    case {'a': x, **rest}:\n        x(rest)\n    case [*xs] as y:\n        y(xs)", []),
        ("async def f(): pass\nclass K: pass\nK(); f()\nimport os.path as p, sys\np(); sys()", []),
        ("if (n := len('a')) > 0:\n    n()\nfor w in (print,):\n    w(1)\nwith open('A') as v:\n    v()", []),
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
        ("cycle('A', 3, 1.5, 0.5)\nsample(seconds=20, valve='bone to turbo')\nn = 2\ncycle('A', n, n, n * 2)", []),
        ("args = ('A', 1)\nsample(*args)\nsample(**{'valve': 'A'})", []),
        ("sample()", ["fill.py:1: sample() needs a valve"]),
        ("sample('Q', 1)", ["fill.py:1: sample('Q'): Q is not a registered valve name"]),
        ("sample('A')", ["fill.py:1: sample(): missing a required argument: 'seconds'"]),
        ("cycle('A', 1, 2, 3, 4)", ["fill.py:1: cycle(): too many positional arguments"]),
        ("sample('A', second=1)", ["fill.py:1: sample(): missing a required argument: 'seconds'"]),
        (
            "cycle('A', 0, 1, 1)\nsample('A', -1)\nsample('A', '20')",
            [
                "fill.py:1: cycle(): times is a whole number from 1 to 1000, not 0",
                "fill.py:2: sample(): seconds is a number of seconds from 0 to 86400, not -1",
                "fill.py:3: sample(): seconds is a number of seconds from 0 to 86400, not '20'",
            ],
        ),
        ("sample('Q', {[]: 1})", ["fill.py:1: sample('Q'): Q is not a registered valve name"]),
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


@pytest.mark.parametrize(
    ("text", "calls_it"),
    [
        ("def main():\n    pass", True),
        ("def main():\n    pass\nif __name__ == '__main__':\n    main()", True),
        ("def main(x=1, *, y=2):\n    pass", True),
        ("def main(x):\n    pass", True),
        ("def main():\n    pass\ndef main():\n    pass", True),
        ("def main():\n    pass\ndef note(main):\n    info(main)", True),
        ("def main():\n    pass\ndef again():\n    main()", False),
        ("def main():\n    pass\nmain()", False),
        ("def main():\n    pass\ngo = main\ngo()", False),
        ("def main():\n    pass\nfor step in [main]:\n    step()", False),
        ("class main: pass", False),
        ("open('A')", False),
    ],
)
def test_main_is_called_where_nobody_else_does(text, calls_it):
    assert defines_main(ast.parse(text)) is calls_it
