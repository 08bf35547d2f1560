"""One process per site."""

import os
import signal
import subprocess
import sys

import pytest

from roles.boot.lock import SiteBusy, SiteLock

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
