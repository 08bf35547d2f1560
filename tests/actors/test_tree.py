"""The tree as a person reads it."""

import pytest

from actors.tree import Status, TreeRow, duration, render


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"),
        (3.24, "3.2 s"),
        (59.94, "59.9 s"),
        (59.99, "0:01:00"),
        (60.0, "0:01:00"),
        (3599.0, "0:59:59"),
        (3600.0, "1:00:00"),
        (86399.0, "23:59:59"),
        (3 * 86400 + 4 * 3600 + 12 * 60, "3 d 04:12"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_an_empty_tree_is_no_text():
    assert render([]) == ""


def test_every_actor_hangs_from_its_parent():
    rows = [
        TreeRow("acquisition", Status.RUNNING, 4000.0),
        TreeRow("store", Status.RUNNING, 3.0),
        TreeRow("extraction_line", Status.RUNNING, 3.0, "2 valves, 0 moving"),
        TreeRow("extraction_line/valve.A", Status.RUNNING, 3.0, "open     0.4 s ago (event)"),
        TreeRow("extraction_line/valve.B", Status.RESTARTING, 3.0, "", 1, "12:31:07 ValueError: no"),
        TreeRow("node.Far", Status.FAILED, 3.0, "", 0, "12:31:07 OSError: no"),
    ]
    assert render(rows).splitlines() == [
        "acquisition         running    1:06:40",
        "├─ store            running    3.0 s",
        "├─ extraction_line  running    2 valves, 0 moving",
        "│  ├─ valve.A       running    open     0.4 s ago (event)",
        "│  └─ valve.B       restarting restarts 1 (12:31:07 ValueError: no) 3.0 s",
        "└─ node.Far         failed     12:31:07 OSError: no 3.0 s",
    ]


def test_an_actor_whose_parent_is_not_listed_hangs_from_the_root_with_its_whole_path():
    rows = [TreeRow("pyValve", Status.RUNNING, 1.0), TreeRow("gone/valve.A", Status.STOPPED, 1.0)]
    assert render(rows).splitlines()[1] == "└─ gone/valve.A  stopped    1.0 s"
