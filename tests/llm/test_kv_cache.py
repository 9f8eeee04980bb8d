import random
import shutil
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from julep_local.llm.base import Conversation, Prompt
from julep_local.llm.kv_cache import MOST_PLACES, KvCache
from julep_local.llm.kv_files import KvFolder
from julep_local.llm.kv_tree import owner_key
from julep_local.llm.native import Aborted, Native

MIB = 1 << 20


@pytest.fixture(scope="module")
def native(gguf: Path) -> Iterator[Native]:
    native = Native(gguf, most_context_tokens=1024, threads=1)
    yield native
    native.close()


@pytest.fixture
def words(native: Native) -> list[int]:
    """Some 1,000 tokens of text."""
    text = " ".join(f"The {i}th ship of the harbour sails at {i % 24} o'clock with {i * 7} barrels." for i in range(50))
    return native.tokens(text, special=False)


def new_cache(native: Native, folder: Path | None = None, memory: int = 64 * MIB) -> KvCache:
    native.cut(0)
    native.go_on()
    return KvCache(native, memory_bytes=memory, folder_of=lambda path: KvFolder(Path(path), "this engine", 256 * MIB))


def prompt(tokens: list[int], name: str = "", folder: Path | None = None, *, exact: bool = False) -> Prompt:
    conversation = Conversation(name, str(folder) if folder is not None else None) if name else None
    return Prompt((), tokens, {}, exact=exact, conversation=conversation)


def read(cache: KvCache, asked: Prompt, portion: int = 512) -> tuple[np.ndarray, int]:
    n_cached = cache.begin(asked)
    logits = None
    while logits is None:
        logits = cache.read_on(portion)
    assert list(cache.tokens) == list(asked.tokens)
    return logits, n_cached


def write(cache: KvCache, n: int, logits: np.ndarray) -> list[int]:
    """Draw the likeliest token n times, as an answer does; the last one is not read."""
    drawn = [int(logits.argmax())]
    while len(drawn) < n:
        drawn.append(int(cache.add(drawn[-1:]).argmax()))
    return drawn


def test_an_aborted_read_is_rolled_back(native: Native, words: list[int]) -> None:
    cache = new_cache(native)
    expected, _ = read(cache, prompt(words[:300]))
    cache = new_cache(native)
    read(cache, prompt(words[:100]))

    native.abort()
    cache.begin(prompt(words[:300]))
    with pytest.raises(Aborted):
        cache.read_on(512)
    native.go_on()

    assert list(cache.tokens) == words[:100]
    logits, n_cached = read(cache, prompt(words[:300]))
    assert n_cached == 100
    assert (logits == expected).all()


def test_the_same_prompt_again_is_read_but_for_its_last_two_tokens(native: Native, words: list[int]) -> None:
    cache = new_cache(native)
    first, _ = read(cache, prompt(words[:200]))
    write(cache, 5, first)

    again, n_cached = read(cache, prompt(words[:200]))

    assert n_cached == 198
    assert (again == first).all()


def test_coming_back_to_a_conversation_reads_only_what_is_new(native: Native, words: list[int]) -> None:
    cache = new_cache(native)
    ada, reached = words[:200], 0
    for i in range(3):
        logits, n_cached = read(cache, prompt(ada, "ada"))
        assert n_cached == reached
        ada = [*ada, *write(cache, 20, logits), *words[500 + 30 * i : 530 + 30 * i]]
        reached = len(cache.tokens)
        assert reached == len(ada) - 31  # the last token of an answer is drawn, and not read
        read(cache, prompt(words[300:400], "bo"))


def test_what_conversations_begin_with_is_kept_once(native: Native, words: list[int]) -> None:
    cache = new_cache(native)
    system = words[:400]
    per_token = native.copy_out(0, 1).nbytes if read(cache, prompt(words[:50])) else 0

    cached = [read(cache, prompt([*system, *words[500 + 40 * i : 540 + 40 * i]], f"{i}"))[1] for i in range(8)]

    assert all(400 <= n < 403 for n in cached[1:])  # some of the others begin with the same word
    cache.save()
    assert cache.n_bytes < (400 + 8 * 40 + 100) * per_token


def test_a_restored_conversation_is_the_same_to_the_last_bit(native: Native, words: list[int], tmp_path: Path) -> None:
    """Random conversations with common beginnings, in random order, with answers, pauses and little memory."""
    fresh: dict[tuple[int, ...], np.ndarray] = {}
    chance = random.Random(7)
    cache = new_cache(native, memory=3 * MIB)
    said: dict[str, list[int]] = {}
    for step in range(24):
        name = f"{chance.randrange(6)}"
        folder = tmp_path if int(name) % 2 else None
        tokens = said.get(name) or words[: chance.choice([60, 60, 90])]
        tokens = [*tokens, *words[400 + 10 * step % 300 :][: chance.randrange(1, 25)]]
        if len(tokens) > 180:
            said.pop(name)
            cache.forget(name)
            continue
        exact = chance.random() < 0.7
        logits, _ = read(cache, prompt(tokens, name, folder, exact=exact), portion=chance.choice([5, 64, 512]))
        if exact:
            key = tuple(tokens)
            expected = fresh.setdefault(key, _fresh(native, cache, tokens))
            assert (logits == expected).all(), step
        drawn = write(cache, chance.randrange(1, 8), logits)
        before = array("i", cache.tokens)
        if chance.random() < 0.5:
            held = cache.hold()
            read(cache, prompt(words[chance.choice([0, 30]) :][:90], "other", folder))
            if chance.random() < 0.3:
                cache.forget(name)
            cache.resume(held)
            assert cache.tokens == before
        # half of the time the next turn does not begin with the answer, as after texts that were recalled for one turn
        said[name] = [*tokens, *drawn] if chance.random() < 0.5 else tokens[: -chance.randrange(1, 5)]
        if chance.random() < 0.2:
            cache.save()


def _fresh(native: Native, cache: KvCache, tokens: list[int]) -> np.ndarray:
    """Return the logits of an empty KV cache, and leave the one in use as it was."""
    held = cache.hold()
    cache.cut(0)
    logits, begin = None, 0
    while begin < len(tokens):
        end = min(begin + native.n_batch, len(tokens))
        end -= len(tokens) - end == 1  # a last token is not read alone
        logits = native.decode(tokens[begin:end], begin).copy()
        begin = end
    native.cut(0)
    cache.resume(held)
    assert logits is not None
    return logits


def test_an_answer_that_paused_goes_on_with_the_same_words(native: Native, words: list[int]) -> None:
    cache = new_cache(native, memory=0)
    logits, _ = read(cache, prompt(words[:150], "ada"))
    expected = write(cache, 8, logits)
    logits, _ = read(cache, prompt(words[:150], "ada", exact=True))
    drawn = [int(logits.argmax())]

    while len(drawn) < 8:
        held = cache.hold()
        read(cache, prompt(words[len(drawn) :][:60], "bo"))
        cache.resume(held)
        drawn.append(int(cache.add(drawn[-1:]).argmax()))

    assert drawn == expected


def test_after_a_restart_a_conversation_goes_on_where_it_was(native: Native, words: list[int], tmp_path: Path) -> None:
    folder = tmp_path / "julep.db-kv"
    cache = new_cache(native)
    expected, _ = read(cache, prompt(words[:300], "ada", folder))
    read(cache, prompt([*words[:200], *words[600:650]], "bo", folder))
    cache.save()

    cache = new_cache(native)
    logits, n_cached = read(cache, prompt(words[:300], "ada", folder, exact=True))

    assert n_cached == 298
    assert (logits == expected).all()
    assert read(cache, prompt([*words[:200], *words[600:700]], "bo", folder))[1] == 250
    assert {file.stat().st_mode & 0o777 for file in folder.rglob("*.kv")} == {0o600}


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "gone"])
def test_a_damaged_file_costs_only_time(native: Native, words: list[int], tmp_path: Path, damage: str) -> None:
    cache = new_cache(native)
    expected, _ = read(cache, prompt(words[:300], "ada", tmp_path))
    cache.save()
    (file,) = tmp_path.rglob("*.kv")
    content = bytearray(file.read_bytes())
    if damage == "gone":
        file.unlink()
    else:
        content[-1000] ^= 1
        file.write_bytes({"cut": content[:-5000], "flip": content, "empty": b""}[damage])

    cache = new_cache(native)
    logits, n_cached = read(cache, prompt(words[:300], "ada", tmp_path))

    assert n_cached == 0
    assert (logits == expected).all()


def test_another_model_or_version_uses_no_file(native: Native, words: list[int], tmp_path: Path) -> None:
    cache = new_cache(native)
    read(cache, prompt(words[:300], "ada", tmp_path))
    cache.save()
    native.cut(0)

    other = KvCache(native, memory_bytes=MIB, folder_of=lambda path: KvFolder(Path(path), "another", MIB))

    assert read(other, prompt(words[:300], "ada", tmp_path))[1] == 0


def test_files_stay_within_their_limit_the_newest_are_kept(native: Native, words: list[int], tmp_path: Path) -> None:
    limit = 8 * MIB
    native.cut(0)
    cache = KvCache(native, memory_bytes=0, folder_of=lambda path: KvFolder(Path(path), "this engine", limit))

    for i in range(6):
        read(cache, prompt(words[i * 50 :][:100], f"{i}", tmp_path))

    assert 0 < sum(file.stat().st_size for file in tmp_path.rglob("*.kv")) <= limit
    assert cache.n_bytes == 0
    assert read(cache, prompt(words[200:300], "4", tmp_path))[1] == 98
    assert read(cache, prompt(words[:100], "0", tmp_path))[1] == 0


def test_what_is_forgotten_leaves_no_trace(native: Native, words: list[int], tmp_path: Path) -> None:
    cache = new_cache(native)
    read(cache, prompt(words[:300], "ada", tmp_path))
    read(cache, prompt([*words[:200], *words[600:650]], "bo", tmp_path))
    cache.save()

    cache.forget("ada")

    assert read(cache, prompt(words[:300], "cy", tmp_path))[1] == 200
    cache.forget("cy")
    cache.forget("bo")
    assert list(tmp_path.rglob("*.kv")) == []
    assert cache.n_bytes == 0
    assert read(cache, prompt(words[:300], "cy", tmp_path))[1] == 0


def test_a_window_that_does_not_reach_back_is_read_anew(native: Native, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = new_cache(native)
    tokens = list(range(100, 200))
    read(cache, prompt(tokens))
    monkeypatch.setattr(native, "n_window", 16)
    monkeypatch.setattr(native, "cuts_anywhere", False)
    monkeypatch.setattr(Native, "earliest", 84)

    _, n_cached = read(cache, prompt([*tokens[:50], *range(300, 310)]))

    assert n_cached == 0


def test_a_conversation_forgotten_while_its_answer_waits_is_not_kept(
    native: Native, words: list[int], tmp_path: Path
) -> None:
    cache = new_cache(native)
    logits, _ = read(cache, prompt(words[:100], "ada", tmp_path))
    expected = write(cache, 8, logits)
    read(cache, prompt(words[:100], "ada", tmp_path))
    cache.save()
    drawn = [expected[0]]

    for name in ("ada", "nobody", "ada"):
        held = cache.hold()
        if name == "nobody":
            read(cache, prompt(words[400:450], "bo", tmp_path))
        cache.forget(name)
        cache.save()
        assert names(tmp_path) <= {owner_key("bo")}
        cache.resume(held)
        for _ in range(2):
            drawn.append(int(cache.add(drawn[-1:]).argmax()))
    read(cache, prompt(words[500:550], "bo", tmp_path))
    cache.save()

    assert drawn == expected[:7]
    assert names(tmp_path) == {owner_key("bo")}
    assert read(cache, prompt(words[:100], "ada", tmp_path))[1] == 0


def names(folder: Path) -> set[str]:
    return {file.name.partition("-")[0] for file in folder.rglob("*.kv")}


def test_an_answer_of_a_forgotten_conversation_may_be_dropped_while_it_waits(
    native: Native, words: list[int], tmp_path: Path
) -> None:
    cache = new_cache(native)
    read(cache, prompt(words[:100], "ada", tmp_path))
    held = cache.hold()
    cache.forget("ada")

    cache.release(held)
    cache.release(held)

    assert cache.n_bytes == 0


def test_what_others_stand_on_outlives_the_conversation_it_was_read_for(
    native: Native, words: list[int], tmp_path: Path
) -> None:
    cache = new_cache(native)
    read(cache, prompt(words[:200], "ada", tmp_path))
    cache.save()
    read(cache, prompt(words[:260], "bo", tmp_path))
    cache.save()
    read(cache, prompt(words[600:650], "cy", tmp_path))

    cache.forget("ada")

    assert owner_key("ada") not in names(tmp_path)
    assert read(cache, prompt(words[:260], "bo", tmp_path))[1] == 258
    cache = new_cache(native)
    assert read(cache, prompt(words[:260], "bo", tmp_path))[1] == 258


def test_a_text_of_no_conversation_is_not_forgotten_with_one(native: Native, words: list[int]) -> None:
    cache = new_cache(native)
    read(cache, prompt(words[:100]))
    read(cache, prompt(words[200:300], "ada"))

    cache.forget("ada")

    assert read(cache, prompt(words[:100]))[1] == 98


@pytest.mark.parametrize("restarts", [False, True])
def test_where_a_file_is_gone_what_stands_before_it_is_used(
    native: Native, words: list[int], tmp_path: Path, restarts: bool
) -> None:
    cache = new_cache(native, memory=0)
    read(cache, prompt(words[:300], "ada", tmp_path))
    read(cache, prompt([*words[:200], *words[600:650]], "bo", tmp_path))
    read(cache, prompt(words[400:450], "cy", tmp_path))
    cache.save()
    cache = new_cache(native, memory=0) if restarts else cache
    cache.begin(prompt(words[700:720]))
    (file,) = tmp_path.rglob(f"{owner_key('ada')}-*.kv")
    file.unlink()

    for n_expected in (200, 298):
        assert read(cache, prompt(words[:300], "ada", tmp_path, exact=True))[1] == n_expected
        read(cache, prompt(words[400:450], "cy", tmp_path))


def test_what_was_written_and_deleted_by_others_is_written_again(
    native: Native, words: list[int], tmp_path: Path
) -> None:
    cache = new_cache(native, memory=3 * MIB)  # 100 tokens fit, with 300 more they do not
    read(cache, prompt(words[:100], "ada", tmp_path))
    cache.save()
    for file in tmp_path.rglob("*.kv"):
        file.unlink()

    read(cache, prompt(words[400:700], "bo", tmp_path))
    cache.save()

    assert read(cache, prompt(words[:100], "ada", tmp_path))[1] == 98


def test_databases_that_were_used_are_not_remembered_for_ever(native: Native, words: list[int], tmp_path: Path) -> None:
    cache = new_cache(native, memory=0)
    read(cache, prompt(words[:20], "ada", tmp_path / "deleted"))
    read(cache, prompt(words[:20], "ada", tmp_path / "first"))
    shutil.rmtree(tmp_path / "deleted")
    places = cache._places  # pyright: ignore[reportPrivateUsage]

    for i in range(MOST_PLACES + 5):
        read(cache, prompt(words[:20], "ada", tmp_path / f"{i}"))

    assert len(places) <= MOST_PLACES
    assert str(tmp_path / "deleted") not in places
    assert read(cache, prompt(words[:20], "ada", tmp_path / "first"))[1] == 18


def test_no_token_is_read_alone_before_a_mark(
    native: Native, words: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that cannot be cut anywhere stops at marks to copy what it has read."""
    cache = new_cache(native)
    monkeypatch.setattr(native, "cuts_anywhere", False)
    n_read: list[int] = []
    decode = native.decode

    def counted(tokens: list[int], position: int) -> np.ndarray:
        n_read.append(len(tokens))
        return decode(tokens, position)

    monkeypatch.setattr(native, "decode", counted)
    chance = random.Random(5)
    for i in range(40):
        start, n = chance.randrange(400), chance.randrange(2, 40)
        first = chance.randrange(n + 1)
        marks = (first, min(first + chance.randrange(4), n))
        asked = Prompt((), words[start : start + n], {}, marks=marks, conversation=Conversation(f"{i % 3}"))
        read(cache, asked, portion=chance.choice([2, 3, 7, 512]))

    assert sum(n_read) > 100
    assert 1 not in n_read
    assert not cache.holds_exactly
