"""What holds for every test."""

import signal

import pytest
from hypothesis import settings


@pytest.fixture(scope="session", autouse=True)
def ctrl_c():
    """Have Ctrl-C, and in child processes too: a shell starts what it runs in the background with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


settings.register_profile("valvetree", deadline=None)  # how long an example takes says nothing on a busy machine
settings.load_profile("valvetree")
