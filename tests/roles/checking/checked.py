"""A site of a role, and what `--check` says of it."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path

from structlog.testing import capture_logs

from roles import acquisition
from roles.boot.arguments import Arguments
from roles.boot.site import load_site
from roles.boot.starter import write_starter
from roles.catalog import vocabulary
from roles.check import check
from roles.role import Role
from roles.simulation import on_loopback, simulated
from tests.roles.checking.fake_controller import Answers, FakeController, described, welcome

LIMIT_S = 10.0
ANY_PORTS = {"notifier.host": "127.0.0.1", "notifier.port": "0", "server.host": "127.0.0.1", "server.port": "0"}
NODE = "name: {name}\nklass: {klass}\nhost: 127.0.0.1\nport: {port}\ntimeout: {timeout}\n"
LINE, FURNACE = "RemoteExtractionLineManager", "RemoteFurnaceManager"
A = {"name": "A", "address": "101", "interlocks": ["B"]}
B = {"name": "B", "address": "102", "interlocks": ["A"]}


class Checked:
    """A site of a role and what `--check` says of it."""

    def __init__(self, role: Role, root: Path, show: Callable[[], str]) -> None:
        self.role, self.root = role, root
        self.settings = dict(ANY_PORTS if role is not acquisition.ROLE else list(ANY_PORTS.items())[:2])
        self._show = show
        write_starter(resources.files("roles.defaults") / role.name, root)
        if role is acquisition.ROLE:
            for file in (root / "setupfiles" / "devices").iterdir():
                file.unlink()

    def node(self, name: str, port: int, klass: str = LINE, timeout: float = 5.0) -> None:
        text = NODE.format(name=name, klass=klass, port=port, timeout=timeout)
        (self.root / "setupfiles" / "devices" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def valves(self, text: str) -> None:
        file = self.root / "setupfiles" / "extractionline" / "valves.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, *, simulate: bool = False) -> int:
        site = load_site(self.root, vocabulary=vocabulary(self.role.name), overrides=self.settings)
        arguments = Arguments(self.role.name, self.root, check=True, simulate=simulate)
        simulation = simulated(site) if simulate else None
        with capture_logs():
            code = check(self.role, on_loopback(site) if simulate else site, arguments, simulation)
        if simulation:
            simulation.close()
        self.said = self._show().splitlines()
        return code

    @property
    def findings(self) -> list[str]:
        return [line.removeprefix("finding: ") for line in self.said if line.startswith("finding: ")]

    @property
    def warnings(self) -> list[str]:
        """Return them, without what a busy computer adds to every round trip."""
        warnings = [line.removeprefix("warning: ") for line in self.said if line.startswith("warning: ")]
        return [warning for warning in warnings if "a round trip took" not in warning]

    def says(self, *words: str) -> bool:
        return any(all(word in line for word in words) for line in self.said)


def controller(answers: Answers) -> FakeController:
    return FakeController({"Hello": welcome(), "Describe": described(A, B), **answers})
