"""The far end of `--check`: a controller that answers what a test tells it to, on a real socket."""

import json
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Self

from transports.rpc.fields import Welcome
from transports.rpc.frames import Decoder, Form, Frame, encode

Answers = Mapping[str, str | Callable[[], str]]


def welcome(*, version: int = 1, **features: str) -> str:
    return Welcome("valve-pi-1", "b00t", "f1nger", 0, features, version).encode()


def described(*valves: Mapping[str, object], total: int | None = None) -> str:
    return json.dumps({"valves": list(valves), "total": len(valves) if total is None else total})


class FakeController:
    """Answers by a request's first words, the longest that fits. Anything else is `ERROR 003 : ...`."""

    def __init__(self, answers: Answers) -> None:
        self.asked: list[str] = []
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen)]
        self._clients: list[socket.socket] = []
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_why: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for thread in self._threads[1:]:
            thread.join()
        for client in self._clients:
            client.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            self._threads.append(threading.Thread(target=self._serve, args=(client,)))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        decoder = Decoder()
        try:
            while data := client.recv(65536):
                decoder.feed(data)
                while isinstance(message := decoder.next(), Frame):
                    client.sendall(encode(self._answer(message.text), Form.BRACED))
        except OSError:
            return

    def _answer(self, text: str) -> str:
        self.asked.append(text)
        fitting = [words for words in self._answers if text.startswith(words)]
        if not fitting:
            return "ERROR 003 : invalid command"
        answer = self._answers[max(fitting, key=len)]
        return answer if isinstance(answer, str) else answer()
