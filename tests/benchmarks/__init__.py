"""How fast it is, in units of a plain TCP ping-pong that is measured in the same run: `python -m tests.benchmarks`.

Where the time of a command goes (Open of a valve in memory, one client, sampled while the interpreter was held; about
half of a round trip is the kernel and the client):

- two fifths on the way to the reply: bytes to message 12 %, rules and order 8 %, valve and actuator 14 %, the end's
  commit and outcome 6 %, reply to bytes 5 %;
- a quarter behind the reply: the event and its two frames 10 %, the log line's record 8 %, what is settled later 4 %;
- a tenth on the log's own thread (JSON, file) and the store's (one transaction every 50 ms);
- the rest in the loop itself: handing messages from actor to actor (nine per command), and asking the sockets.

What helped, in the order of its effect: news on the loop of the commands (a second thread contends for the
interpreter, and each wake-up is a system call); an actuator that never blocks on that loop too; messages that set
their fields directly; what is behind the reply written up for all commands of 50 ms together; one look at a text that
comes again and again.
"""
