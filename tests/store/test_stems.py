import itertools
import random

import pytest
from pysqlite3 import dbapi2

from julep_local.store.stems import stem

ENDINGS = """
    s es ies ss sses ed eed ing y ational tional enci anci izer logi bli alli entli eli ousli ization ation ator alism
    iveness fulness ousness aliti iviti biliti ical ness icate iciti ful ative alize al ance ence er ic able ible ant
    ement ment ent ion sion tion ou ism ate iti ous ive ize e ll at bl iz
""".split()
WORDS = """
    caresses ponies ties caress cats feed agreed plastered bled motoring sing conflated troubled sized hopping tanned
    falling hissing fizzed failing filing happy sky relational conditional rational valenci digitizer conformabli
    radicalli differentli vileli analogousli vietnamization predication operator feudalism decisiveness hopefulness
    callousness formaliti sensitiviti sensibiliti triplicate formative formalize electriciti electrical hopeful goodness
    revival allowance inference airliner gyroscopic adjustable defensible irritant replacement adjustment dependent
    adoption homologou communism activate angulariti homologous effective bowdlerize probate rate cease controll roll
    yes yellow say by syzygy 2nd 1990s 42 abc123ing
""".split()


def test_it_is_what_the_text_index_has() -> None:
    """On made-up words with all endings, real ones, short ones, and those that are too long to be changed."""
    made = random.Random(7)
    words = {*WORDS, *(word + "s" for word in WORDS), "a" * 60 + "ing", "a" * 61 + "ing", "a" * 62 + "ing"}
    words |= {"".join(letters) for n in (1, 2, 3) for letters in itertools.product("aeyslt1dg", repeat=n)}
    for _ in range(20_000):
        beginning = "".join(made.choices("aeiouybcdlstwxz1", k=made.randint(0, 6)))
        words.add(beginning + "".join(made.choices(ENDINGS, k=made.randint(1, 3))))
    listed = sorted(words)
    raw = dbapi2.connect(":memory:")
    raw.execute("create virtual table texts using fts5 (word, tokenize = 'porter unicode61 remove_diacritics 2')")
    raw.execute("create virtual table places using fts5vocab (texts, instance)")
    raw.executemany("insert into texts (rowid, word) values (?, ?)", enumerate(listed))
    kept = dict(raw.execute("select doc, term from places").fetchall())
    raw.close()

    assert [word for i, word in enumerate(listed) if stem(word) != kept[i]] == []


@pytest.mark.parametrize("word", ["", "a_b", "Café", "über", "日本", "a b", "Dogs", "it's"])
def test_it_is_not_known_of_what_may_be_several_words_to_the_index(word: str) -> None:
    assert stem(word) is None
