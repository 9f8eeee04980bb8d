"""The hashing embedder gives every machine the same vectors, near for texts that share words."""

import subprocess
import sys

import numpy as np
import pytest

from julep_local.recall.embeddings import Embedder
from julep_local.testing import HashEmbedder


def similarity(one: str, other: str, n_dims: int = 256) -> float:
    rows = HashEmbedder(n_dims).embed([one, other])
    return float(rows[0] @ rows[1])


def test_it_is_an_embedder() -> None:
    embedder = HashEmbedder(64)

    assert isinstance(embedder, Embedder)
    assert (embedder.name, embedder.n_dims, embedder.is_instant) == ("hash-64-v2", 64, True)
    embedder.close()


def test_rows_are_float32_of_unit_length_whatever_the_text() -> None:
    texts = ["", " ", "!?", "the", "The dog", "猫が好き", "🦊" * 50, "a\0b", "\ud800", "word " * 5000]

    rows = HashEmbedder().embed(texts)

    assert rows.shape == (len(texts), 256)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows() -> None:
    assert HashEmbedder().embed([]).shape == (0, 256)


def test_vectors_are_the_same_on_every_machine_and_in_every_process_to_the_last_bit() -> None:
    code = """
import hashlib
from julep_local.testing import HashEmbedder
texts = ["Where is my dog?", "", "The ferry leaves at 9:15. " * 400, "Äpfel, 猫", "a b c d e f g"]
rows = HashEmbedder().embed(texts)
print([(i, round(float(x), 3)) for i, x in enumerate(rows[0]) if abs(x) > 0.25])
print(hashlib.sha256(rows.astype("<f4").tobytes()).hexdigest())
"""
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed},
            cwd=".",
        ).stdout
        for seed in ("1", "2")
    }

    assert seen == {
        "[(95, -0.316), (97, -0.316), (135, 0.821), (190, 0.316)]\n"
        "19461e8ea5b2095c29dda7c2e1a7da54fc7392b404cd12a2dd1c7aab647d74e6\n"
    }


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is my dog called?", "Pets\n\nThe user has a dog named Rex."),
        ("dogs", "I have a dog"),
        ("When does the semester start?", "The semester starts in October"),
        ("CAFÉ", "the cafe is closed"),
    ],
)
def test_texts_that_share_a_telling_word_are_relevant_to_each_other(question: str, text: str) -> None:
    assert similarity(question, text) >= HashEmbedder.relevance_threshold


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the weather like?", "What is the name of your dog?"),
        ("hi", "The user has a dog named Rex."),
        ("thanks!", "Goods may be returned within 30 days for a full refund."),
        ("how do I boil an egg", "Parcels take 3 to 5 working days."),
    ],
)
def test_texts_that_share_none_are_not(question: str, text: str) -> None:
    assert similarity(question, text) < HashEmbedder.relevance_threshold


def test_the_nearer_text_is_the_one_that_shares_more() -> None:
    assert similarity("my dog Rex", "Rex is a dog") > similarity("my dog Rex", "a dog and a cat at home")


def test_a_text_has_the_same_vector_alone_and_among_others() -> None:
    texts = ["my dog", "", "the ferry leaves " * 50]
    embedder = HashEmbedder()

    assert [embedder.embed([text])[0].tobytes() for text in texts] == [row.tobytes() for row in embedder.embed(texts)]


def test_too_few_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        HashEmbedder(2)
