"""Leases: who has claimed a valve moves it, and nobody else; they live with their session, and some seconds longer."""

import json

import pytest

from actors import line_leases
from actors.facts import Fact, Keep, Kept
from actors.messages import Claim, Kind, News, Reason, Release
from actors.remote import SessionGone, SessionUp
from actors.store import Recall
from tests.actors.house import until
from tests.actors.line_bench import four

EVA, JAN = "eva@acq/console-1", "jan@acq/console-2"
HERE = "10.0.0.7/acq"


@pytest.fixture
def line(line_of):
    return line_of(four())


def claim(line, valve="A", seconds=60, by=EVA, session=HERE):
    return line.wish(Claim, valve, seconds, by=by, session=session).wait()


def leases(house):
    return {valve: json.loads(text) for valve, text in house.ask("store", Recall()).facts[Fact.LEASE].items()}


def test_a_claim_is_on_disk_before_it_is_answered(line, house):
    outcome = claim(line)
    assert (outcome.verb, outcome.kind) == ("claim", Kind.DONE)
    assert leases(house) == {"A": {"owner": EVA, "session": HERE, "seconds": 60.0}}
    assert line.views()["A"].owner == EVA


def test_whoever_has_claimed_a_valve_moves_it_and_nobody_else(line):
    claim(line)
    assert line.open("A", by=EVA).wait().kind is Kind.MOVED
    refused = line.close("A", by=JAN).wait()
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.OWNED)
    assert refused.text == f"A is owned by {EVA}; you are {JAN}"
    assert line.open("B", by=JAN).wait().kind is Kind.MOVED


def test_a_second_claim_is_refused_also_while_the_first_is_on_its_way(line):
    first = line.wish(Claim, "A", 60, by=EVA)
    second = line.wish(Claim, "A", 60, by=JAN)
    assert first.wait().kind is Kind.DONE
    assert second.wait().reason is Reason.OWNED
    assert line.views()["A"].owner == EVA


def test_who_claims_twice_is_answered_twice(line):
    answers = [line.wish(Claim, "A", 60, by=EVA) for _ in range(3)]
    assert [answer.wait().kind for answer in answers] == [Kind.DONE] * 3


def test_a_release_does_not_overtake_anothers_claim(line):
    claiming, releasing = line.wish(Claim, "A", 60, by=EVA), line.wish(Release, "A", by=JAN)
    assert (claiming.wait().kind, releasing.wait().reason) == (Kind.DONE, Reason.OWNED)
    assert line.views()["A"].owner == EVA


def test_a_lease_of_a_session_that_has_ended_meanwhile_runs_out(line, house):
    house.context.facts["sessions"] = {}
    claim(line, seconds=1)
    line.chronicle.wait_for(News, lambda news: (news.topic, news.value) == ("owner.A", ""))


def test_only_the_owner_releases(line, house):
    claim(line)
    assert line.wish(Release, "A", by=JAN).wait().reason is Reason.OWNED
    assert line.wish(Release, "A", by=EVA).wait().kind is Kind.DONE
    assert leases(house) == {}
    assert line.open("A", by=JAN).wait().kind is Kind.MOVED


def test_a_person_releases_what_an_earlier_session_of_hers_had_claimed(line):
    claim(line)
    later = "eva@acq/console-7"
    assert line.open("A", by=later).wait().reason is Reason.OWNED
    assert line.wish(Release, "A", by=later).wait().kind is Kind.DONE
    assert line.open("A", by=later).wait().kind is Kind.MOVED


def test_an_address_releases_nothing_of_another(line):
    claim(line, by="10.0.0.7")
    assert line.wish(Release, "A", by="10.0.0.8").wait().reason is Reason.OWNED


def test_a_lease_is_told_as_news(line):
    claim(line)
    assert line.chronicle.wait_for(News, lambda news: news.topic == "owner.A").value == EVA


@pytest.mark.parametrize("seconds", [0, 3601])
def test_a_lease_of_no_length_is_refused(line, seconds):
    assert claim(line, seconds=seconds).reason is Reason.BAD_ARGUMENTS


def test_a_claim_that_names_no_time_gets_the_usual_term(line, house):
    claim(line, seconds=None)
    assert leases(house)["A"]["seconds"] == 60.0


def test_a_lease_lives_as_long_as_its_session(line, house):
    claim(line, seconds=1)
    house.after(1.1)
    assert line.open("A", by=JAN).wait().reason is Reason.OWNED


def test_a_lease_ends_some_seconds_after_its_session(line, house):
    claim(line, seconds=1)
    house.tell(line.line, SessionGone(HERE, orderly=False))
    assert line.open("A", by=JAN).wait().reason is Reason.OWNED
    line.chronicle.wait_for(News, lambda news: (news.topic, news.value) == ("owner.A", ""))
    assert leases(house) == {}
    assert line.open("A", by=JAN).wait().kind is Kind.MOVED


def test_a_session_that_comes_back_keeps_its_leases(line, house):
    claim(line, seconds=1)
    house.tell(line.line, SessionGone(HERE, orderly=False))
    house.tell(line.line, SessionUp(HERE))
    house.after(1.1)
    assert line.open("A", by=JAN).wait().reason is Reason.OWNED


def test_a_lease_of_an_earlier_life_runs_out_unless_its_session_is_back(line_of, house):
    told = {"A": HERE, "B": ""}
    kept = {valve: json.dumps({"owner": EVA, "session": session, "seconds": 1}) for valve, session in told.items()}
    line = line_of(four(), facts={Fact.LEASE: kept})
    house.tell(line.line, SessionUp(HERE))
    assert line.open("B", by=JAN).wait().reason is Reason.OWNED
    line.chronicle.wait_for(News, lambda news: (news.topic, news.value) == ("owner.B", ""))
    assert line.open("B", by=JAN).wait().kind is Kind.MOVED
    assert line.open("A", by=JAN).wait().reason is Reason.OWNED


def test_owners_do_not_matter_where_the_site_says_so(line_of):
    line = line_of(four(), check_owner=False)
    claim(line)
    assert line.open("A", by=JAN).wait().kind is Kind.MOVED


def test_a_claim_that_could_not_be_stored_is_none(line, house):
    house.stop("store")
    store = house.recorder("store")
    claiming = line.wish(Claim, "A", 60, by=EVA)
    house.tell(line.line, Kept(store.wait_for(object), "the disk is full"))
    assert claiming.wait().text == "A: the disk is full"
    assert line.views()["A"].owner == ""
    assert line.open("A", by=JAN).wait().kind is Kind.MOVED


# --- at a bad moment ----------------------------------------------------------------------------------------------


def ran_out(line, valve="A"):
    line.chronicle.wait_for(News, lambda news: (news.topic, news.value) == (f"owner.{valve}", ""))


def test_a_lease_whose_session_ended_while_no_line_was_there_runs_out(line, house):
    claim(line, seconds=1)
    house.context.facts["sessions"] = {}
    line.restart(**stored(house))
    assert line.open("A", by=JAN).wait().reason is Reason.OWNED
    ran_out(line)


def test_a_lease_whose_session_came_back_while_no_line_was_there_lives_on(line, house):
    claim(line, seconds=1)
    house.context.facts["sessions"] = {}
    house.tell(line.line, SessionGone(HERE, orderly=False))
    house.quiet()
    house.context.facts["sessions"] = {HERE: 1}
    line.restart(**stored(house))
    house.after(1.1)
    assert line.open("A", by=JAN).wait().reason is Reason.OWNED


def test_a_lease_that_got_to_the_disk_and_not_to_the_line_lives_with_its_session(line, house):
    kept = {"A": json.dumps({"owner": EVA, "session": HERE, "seconds": 1})}
    house.context.facts["sessions"] = {HERE: 1}
    line.restart(lease=kept)
    house.after(1.1)
    assert line.open("A", by=JAN).wait().reason is Reason.OWNED


def test_a_claim_on_its_way_to_the_disk_is_not_undone_there_by_the_one_that_runs_out(line, house):
    claim(line, seconds=1)
    house.stop("store")
    store = house.recorder("store")
    house.context.facts["sessions"] = {}
    house.tell(line.line, SessionGone(HERE, orderly=False))
    renewing = line.wish(Claim, "A", 60, by=EVA, session=HERE)
    keep = store.wait_for(Keep)
    house.after(1.2)
    assert store.all(Keep) == []
    house.tell(line.line, Kept(keep))
    assert renewing.wait().kind is Kind.DONE
    assert line.views()["A"].owner == EVA


def test_a_session_that_is_back_has_its_whole_term_on_disk_again(line, house, monkeypatch):
    monkeypatch.setattr(line_leases, "STORED_EVERY_S", 0.1)
    claim(line, seconds=5)
    house.tell(line.line, SessionGone(HERE, orderly=False))
    until(lambda: leases(house)["A"]["seconds"] < 5, "the seconds that are left are stored")
    house.tell(line.line, SessionUp(HERE))
    until(lambda: leases(house)["A"]["seconds"] == 5, "all of them are again")


def test_a_lease_of_an_earlier_life_has_its_whole_term_once_its_session_is_back(line_of, house):
    kept = {"A": json.dumps({"owner": EVA, "session": HERE, "seconds": 1, "term": 3600})}
    line = line_of(four(), facts={Fact.LEASE: kept})
    house.tell(line.line, SessionUp(HERE))
    house.tell(line.line, SessionGone(HERE, orderly=False))
    house.after(1.1)
    assert line.open("A", by=JAN).wait().reason is Reason.OWNED


def stored(house):
    return {str(fact): told for fact, told in house.ask("store", Recall()).facts.items()}
