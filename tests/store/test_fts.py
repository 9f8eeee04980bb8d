from julep_local.store import fts


def test_words_are_quoted_and_owners_come_first() -> None:
    expression = fts.expression(["a", 'say "b"'], own=["1-2", "3"], columns="title content")

    assert expression == 'own : "12" AND own : "3" AND {title content} : ("a" OR "say ""b""")'


def test_no_words_are_no_query() -> None:
    assert fts.expression([], own=["1"], columns="content") is None


def test_words_beyond_the_most_are_left_out() -> None:
    expression = fts.expression(["a"] * 100, own=["1"], columns="content")

    assert expression is not None
    assert expression.count('"a"') == fts.MOST_WORDS
