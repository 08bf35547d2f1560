"""What the tests of several devices begin with: a driver on a wire to a far end, or on a library, closed at the end."""

import pytest
from pydantic import ValidationError

from hardware.catalog import find
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp


def maker(request, build):
    """Build as `build` does, as often as a test wants to; close what was built when the test is over."""

    def make(*args, **keys):
        made = build(*args, **keys)
        request.addfinalizer(made.close)
        return made

    return make


class On:
    """A driver of some klass on a wire to a far end. `keys`: of its device file, beside name, klass and port."""

    def __init__(self, klass, far_end, /, serve=serve_tcp, channels=(), *, timeout_s=1.0, **keys):
        kind = find(klass)
        self.far_end = far_end
        self.served = serve(far_end)
        given = {"name": "oven", "klass": klass, "port": self.served.address} | keys
        self.handle = LinkHandle(self.served.address, timeout_s)
        self.exchange = Exchange(given["name"], self.handle, terminator=kind.terminator, timeout_s=timeout_s)
        self.driver = kind(kind.settings_model.model_validate(given), self.exchange, channels)

    def close(self):
        self.handle.revoke("the test is over")
        self.served.close()


def on_a_library(request, kind, keys, channels):
    """Return what builds drivers of a device whose library a simulator stands in for; all let go of it at the end."""

    def make(simulator=None, channels=channels, **more):
        opener = simulator.connect if simulator else None
        made = kind(kind.settings_model.model_validate({**keys, **more}), None, channels, opener)
        request.addfinalizer(made.held.end)
        return made

    return make


def settings(klass, **keys):
    """What a device file is read as. Raises `ValidationError`."""
    given = {"name": "device", "klass": klass, "port": "tcp://127.0.0.1:502"} | keys
    return find(klass).settings_model.model_validate(given)


def wrong_places(klass, **keys):
    """Where a device file that is refused is said to be wrong."""
    with pytest.raises(ValidationError) as caught:
        settings(klass, **keys)
    return [each["loc"] for each in caught.value.errors()]
