from datetime import date, datetime, timedelta, timezone

import pytest

from julep_local.memory.when import happened, names_a_time, tells_when

WEDNESDAY = datetime(2024, 5, 15, 9, 30, tzinfo=timezone.utc)


def day(text: str, said_at: datetime = WEDNESDAY, zone: timezone = timezone.utc) -> str | None:
    found = happened(text, said_at, zone)
    return None if found is None else str(found.date())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I moved yesterday", "2024-05-14"),
        ("Gestern bin ich umgezogen", "2024-05-14"),
        ("Ayer me mudé", "2024-05-14"),
        ("the day before yesterday I fell", "2024-05-13"),
        ("I fly tomorrow", "2024-05-16"),
        ("Ich fliege übermorgen", "2024-05-17"),
        ("I got married today", "2024-05-15"),
        ("I quit two weeks ago", "2024-05-01"),
        ("Vor drei Tagen bin ich gestürzt", "2024-05-12"),
        ("Hace un mes me mudé", "2024-04-15"),
        ("I leave in ten days", "2024-05-25"),
        ("I bought a car last Friday", "2024-05-10"),
        ("My exam is on Friday", "2024-05-17"),
        ("I moved last month", "2024-04-01"),
        ("I moved in 2019", "2019-01-01"),
        ("I was born on 29 February 1988", "1988-02-29"),
        ("I was born on 1988-02-29", "1988-02-29"),
        ("Ich wurde am 3.5.1990 geboren", "1990-05-03"),
        ("My flight is on March 3", "2025-03-03"),
        ("I got my dog on March 3rd", "2024-03-03"),
        ("My birthday is March 3", "2025-03-03"),
        ("My exam is on the 26th", "2024-05-26"),
        ("My exam is on the 2nd", "2024-06-02"),
    ],
)
def test_a_day_is_read_out_of_words(text: str, expected: str) -> None:
    assert day(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I like tea",
        "I have lived here for ten years",
        "I have worked there since 2015",
        "I swim every Monday",
        "the 31st of June 2024",
        "30 February 2024",
        "2024-13-01",
        "in 999 years and 9999-12-32",
        "I live at 10.0.0.1",
        "1,2,3,4,5",
        "\0",
        "\ud800",
        "٣ years",
    ],
)
def test_what_names_no_day_has_none(text: str) -> None:
    assert day(text) is None


@pytest.mark.parametrize(
    ("said_at", "text", "expected"),
    [
        (datetime(2024, 3, 31, 12), "a month ago", "2024-02-29"),
        (datetime(2023, 3, 31, 12), "a month ago", "2023-02-28"),
        (datetime(2024, 2, 29, 12), "a year ago", "2023-02-28"),
        (datetime(2024, 1, 31, 12), "in a month", "2024-02-29"),
        (datetime(2024, 1, 1, 12), "yesterday", "2023-12-31"),
        (datetime(2024, 12, 31, 12), "tomorrow", "2025-01-01"),
        (datetime(2024, 1, 15, 12), "last month", "2023-12-01"),
        (datetime(2024, 1, 30, 12), "my exam is on the 31st", "2024-01-31"),
        (datetime(2024, 2, 1, 12), "my exam is on the 31st", "2024-03-31"),
        (datetime(2025, 5, 1, 12), "my birthday is on february 29", "2026-02-28"),
        (datetime(2024, 3, 1, 12), "I was robbed on February 29", "2024-02-29"),
    ],
)
def test_months_and_years_end_where_they_end(said_at: datetime, text: str, expected: str) -> None:
    assert day(text, said_at.replace(tzinfo=timezone.utc)) == expected


@pytest.mark.parametrize(("hours", "expected"), [(-11, "2024-05-13"), (0, "2024-05-14"), (14, "2024-05-14")])
def test_yesterday_is_that_of_the_persons_time_zone(hours: int, expected: str) -> None:
    found = happened("yesterday", WEDNESDAY, timezone(timedelta(hours=hours)))

    assert found is not None
    assert str(found.date()) == expected
    assert (found.hour, found.tzinfo) == (12, timezone.utc)


@pytest.mark.parametrize("said_at", [datetime(1, 1, 2, 12), datetime(9999, 12, 30, 12)])
@pytest.mark.parametrize("text", ["999 years ago", "in 999 years", "last year", "next year", "next week", "in march"])
def test_the_ends_of_time_raise_nothing(said_at: datetime, text: str) -> None:
    happened(text, said_at.replace(tzinfo=timezone.utc), timezone.utc)


def test_every_day_of_four_years_has_a_yesterday_and_a_next_month() -> None:
    for n in range(4 * 366):
        said_at = datetime(2023, 1, 1, 12, tzinfo=timezone.utc) + timedelta(days=n)
        assert day("yesterday", said_at) == str(said_at.date() - timedelta(days=1))
        following = date.fromisoformat(day("next month", said_at) or "")
        assert (following.day, (following.month - said_at.month) % 12) == (1, 1)


def test_names_of_months_and_days_are_known_in_all_languages() -> None:
    assert all(map(names_a_time, ("May", "dienstag", "ENERO", "Sept")))
    assert not any(map(names_a_time, ("", "Oslo", "today")))
    assert tells_when("In 2009")
    assert tells_when("Last year")
    assert not tells_when("My brother")
