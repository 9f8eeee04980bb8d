import math
from array import array

import pytest

from julep_local.errors import ModelBroken
from julep_local.store import embedding_sets
from julep_local.store.database import Database

from .making import vector


def test_a_name_has_one_id(db: Database) -> None:
    mini = embedding_sets.id_for(db, "mini", 2)

    assert embedding_sets.id_for(db, "mini", 2) == mini
    assert embedding_sets.id_for(db, "other", 3) != mini


def test_a_name_that_changes_its_length_is_refused(db: Database) -> None:
    embedding_sets.id_for(db, "mini", 2)

    with pytest.raises(ModelBroken, match="mini"):
        embedding_sets.id_for(db, "mini", 3)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(array("f", [math.nan, 1]).tobytes(), id="nan"),
        pytest.param(array("f", [math.inf, 1]).tobytes(), id="infinity"),
        pytest.param(array("f", [0, 0]).tobytes(), id="zero"),
        pytest.param(array("f", [2, 0]).tobytes(), id="too long a vector"),
        pytest.param(vector(1, 1, 1), id="too many numbers"),
        pytest.param(b"", id="none"),
        pytest.param(b"\0\0\0", id="no float"),
    ],
)
def test_a_vector_that_would_spoil_a_search_is_refused(db: Database, wrong: bytes) -> None:
    mini = embedding_sets.id_for(db, "mini", 2)
    embedding_sets.check_vectors(db, mini, [vector(1, 1), vector(-3, 0.5)])

    with pytest.raises(ModelBroken, match="mini"):
        embedding_sets.check_vectors(db, mini, [vector(1, 1), wrong])
