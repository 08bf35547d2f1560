"""Who handles which message: one table for all actors with the same methods."""

from actors.handling import handling


class Worker:
    def __init__(self):
        self.done = []

    def work(self, message):
        self.done.append(message)


def test_actors_of_a_kind_share_their_table_and_not_their_messages():
    first, second = Worker(), Worker()
    table, other = handling(first, {str: first.work}), handling(second, {str: second.work})
    assert table is other
    table[str](first, "mine")
    other[str](second, "yours")
    assert (first.done, second.done) == (["mine"], ["yours"])


def test_what_is_no_method_of_the_actor_keeps_its_table_its_own():
    actors = [Worker(), Worker()]
    parts = [Worker(), Worker()]
    tables = [handling(actor, {str: part.work, int: lambda _: 7}) for actor, part in zip(actors, parts, strict=True)]
    assert tables[0] is not tables[1]
    tables[0][str](actors[0], "one")
    tables[1][str](actors[1], "two")
    assert [part.done for part in parts] == [["one"], ["two"]]
    assert tables[0][int](actors[0], 1) == 7


def test_tables_that_nobody_shares_are_not_kept(monkeypatch):
    kept = {}
    monkeypatch.setattr("actors.handling._known", kept)
    actor = Worker()
    handling(actor, {str: lambda _: None})
    assert kept == {}
    handling(actor, {str: actor.work})
    assert len(kept) == 1
