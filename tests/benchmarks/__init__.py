"""How fast it is, in units of a plain TCP ping-pong that is measured in the same run: `python -m tests.benchmarks`.

Where the time of a command goes (Open of a valve in memory, 16 clients, sampled while the interpreter was held; the
kernel, which takes a sixth of the processor's time, is not in it):

- half on the way to the reply: bytes to message 9 %, rules and order 10 %, valve and actuator 15 %, the end's commit
  and outcome 11 %, reply to bytes 4 %;
- a third behind the reply: the event 16 %, the log line's record 8 %, counts 6 %, journal rows 4 %;
- a twentieth on the log's own thread (JSON, file) and the store's (one transaction every 50 ms);
- the rest in the loop itself, which hands seven messages per command from actor to actor.

What helped, in the order of its effect: news on the loop of the commands (a second thread contends for the
interpreter, and each wake-up is a system call); no look for garbage in what stands from the start (a sixth, and 40 ms
once a second); an actuator that never blocks on that loop too; messages that set their fields directly; what ends in
one turn of the loop written up together; JSON lines by a library that is made for it; a log record and an event made
in one step each; the loop itself calling an actor's method; one look at a text that comes again and again, and one at
each member of an enumeration.

With 256 connections it helped most to touch less memory: one table of handlers for all actors of a kind, one object
for what is kept of a valve or a topic, no message that outlives its turn.

What did not: a switch interval of 0.5 ms; fewer sockets per look with longer turns (3 % at 256 connections, and a loop
that holds the interpreter for 5 ms at a time starves the other threads); each command carried through to its end
before the next (a fifth slower: the same code for many commands in a row stays in the caches).

With 256 connections, all in lockstep, a command takes a fifth to three fifths longer than with 16, by what else the
machine does: what 256 connections and valves keep outgrows the processor's caches, which it shares.
"""
