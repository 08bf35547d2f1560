"""An instrument's actor on a wire to a simulated chiller."""

from actors.messages import News, Query
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_tcp
from tests.actors.house import Answers, request
from tests.examples.chiller import Chiller, ChillerSimulator

PATH = "device.chiller"


COOLANT = "device.chiller.coolant"


class Unwatched(Chiller):
    poll_s = 0.0


class Seldom(Chiller):
    poll_s = 3600.0


class Rig:
    def __init__(self, house, kind=Unwatched, simulator=None, timeout_s=0.3):
        self.house = house
        self.simulator = simulator or ChillerSimulator()
        self.served = serve_tcp(self.simulator)
        settings = kind.settings_model(name="chiller", klass="x:Y", port=self.served.address, timeout=timeout_s)
        handle = LinkHandle(self.served.address, timeout_s)
        self.exchange = Exchange("chiller", handle, terminator=kind.terminator, timeout_s=timeout_s)
        self.chronicle = house.recorder("chronicle")
        house.start(kind, PATH, settings, self.exchange)

    def ask(self, what, *args, **more):
        answers = Answers()
        self.house.tell(PATH, Query(what, args, request(answers, **more)))
        return answers.wait()

    def told(self, fits=lambda _news: True):
        return self.chronicle.wait_for(News, lambda news: news.topic == COOLANT and fits(news))

    def close(self):
        self.exchange.handle.revoke("the test is over")
        self.served.close()


class Damaged(ChillerSimulator):
    """It does as it is told, and what it answers arrives as no text at all."""

    def answer(self, line):
        super().answer(line)
        return b"\xff\xfe\r"
