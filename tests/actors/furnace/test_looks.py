"""A furnace is looked at again and again; what is found is told, and what cannot be read is unknown."""

from actors.messages import News
from hardware.errors import BadChannel


def test_the_temperature_is_told_again_and_again(often):
    for _ in range(3):
        news = often.news()
        assert (news.value, news.units, news.quality) == (812.46, "C", "good")
        assert news.extra == {"setpoint": 20.0, "output": 41.5, "actor": "furnace"}
    assert often.house.detail("furnace") == "812.5 C, set-point 20 C"


def test_a_lost_controller_is_told_once_and_found_again(often, logs):
    often.news()
    often.controller.error = BadChannel("gone", "oven")
    assert often.chronicle.wait_for(News, lambda news: news.quality == "unknown").value is None
    assert logs.wait_for("device.lost")["why"] == "oven: gone"
    often.looked()
    assert often.house.detail("furnace") == "down: oven: gone"
    often.controller.error = None
    logs.wait_for("device.back")
    often.news(fits=lambda news: news.value == 812.46)
    assert logs.named("device.lost") == []


def test_an_actor_that_ends_leaves_no_temperature_standing(often):
    often.news()
    often.house.stop("furnace")
    assert often.news(fits=lambda news: news.quality == "unknown").value is None
