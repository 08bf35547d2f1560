"""One process per site."""

import os
import signal
import subprocess
import sys

import pytest

from roles.boot.lock import SiteBusy, SiteLock
from roles.boot.running import running_pid
from tests.actors.disk import no_room

HOLDER = "import sys, pathlib; from roles.boot.lock import SiteLock; k = SiteLock(pathlib.Path(sys.argv[1])); "


def test_a_second_holder_is_told_the_pid(tmp_path):
    with SiteLock(tmp_path), pytest.raises(SiteBusy) as caught:
        SiteLock(tmp_path)
    assert caught.value.pid == os.getpid()


def test_a_lock_given_back_can_be_taken(tmp_path):
    SiteLock(tmp_path).close()
    SiteLock(tmp_path).close()


def test_a_killed_process_holds_nothing(tmp_path):
    code = HOLDER + "print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(SiteBusy) as caught:
            SiteLock(tmp_path)
        assert caught.value.pid == holder.pid
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
    SiteLock(tmp_path).close()


@pytest.mark.parametrize(
    "left", [b"", b"no number\n", b"1\n", b"99999999999\n", pytest.param(f"{os.getpid()}\n".encode(), id="own")]
)
def test_what_a_process_left_in_the_file_keeps_nobody_out(tmp_path, left):
    """Also the id of a process that lives, and is another one by now: only the lock itself counts."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "lock").write_bytes(left)
    assert running_pid(tmp_path) is None
    with SiteLock(tmp_path):
        assert running_pid(tmp_path) == os.getpid()
        assert (tmp_path / "state" / "lock").read_bytes() == f"{os.getpid()}\n".encode()


def test_a_process_that_was_killed_and_whose_id_another_one_got_keeps_nobody_out(tmp_path):
    code = HOLDER + "print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert running_pid(tmp_path) == holder.pid
        holder.kill()
        holder.wait(10)
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as another:
        (tmp_path / "state" / "lock").write_text(f"{another.pid}\n")  # as if it had got that id
        assert running_pid(tmp_path) is None
        SiteLock(tmp_path).close()
        another.kill()


def test_a_child_that_lives_on_does_not_hold_the_site(tmp_path):
    with SiteLock(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    with child:
        SiteLock(tmp_path).close()
        child.kill()


def test_on_a_disk_without_room_for_the_pid_the_lock_holds_all_the_same(tmp_path):
    with no_room(), SiteLock(tmp_path), pytest.raises(SiteBusy) as caught:
        SiteLock(tmp_path)
    assert caught.value.pid == 0
