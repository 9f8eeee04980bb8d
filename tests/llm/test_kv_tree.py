import random

import numpy as np

from julep_local.llm.kv_tree import SHARED, KvTree, Stretch, owner_key

ADA, BO = owner_key("ada"), owner_key("bo")


def add(tree: KvTree, parent: Stretch | None, n: int, owner: str | None) -> Stretch:
    begin = parent.end if parent is not None else 0
    tokens = range(begin, begin + n)
    return tree.add(Stretch(begin, tokens, parent=parent, blob=np.zeros(n, np.uint8), owner=owner))


def test_what_others_stand_on_becomes_theirs_when_its_owner_is_forgotten() -> None:
    tree = KvTree()
    ada = add(tree, None, 10, ADA)
    end = add(tree, ada, 5, ADA)
    bo = add(tree, ada, 3, BO)

    gone = tree.forget(ADA)

    assert gone == [end]
    assert list(tree) == [bo, ada]
    assert ada.owner == SHARED
    assert tree.forget(BO) == [bo, ada]


def test_what_is_behind_a_cut_is_not_kept_for_others() -> None:
    tree = KvTree()
    ada = add(tree, None, 10, ADA)
    tree.trim(ada, 6)
    add(tree, ada, 3, BO)

    tree.forget(ADA)

    assert list(tree) == []


def test_what_an_answer_needs_is_nobodys_until_it_is_released() -> None:
    tree = KvTree()
    common = add(tree, None, 10, SHARED)
    first = add(tree, common, 10, ADA)
    end = add(tree, first, 5, ADA)
    end.pins += 1

    assert tree.forget(ADA) == []
    assert (common.owner, first.owner, end.owner) == (SHARED, None, None)
    assert tree.prune(end) == []

    end.pins -= 1
    assert tree.prune(end) == [end, first, common]


def test_what_somebody_came_to_stand_on_meanwhile_is_not_pruned() -> None:
    tree = KvTree()
    end = add(tree, None, 10, ADA)
    end.pins += 1
    tree.forget(ADA)
    bo = add(tree, end, 10, BO)
    end.pins -= 1

    assert tree.prune(end) == []
    assert list(tree) == [bo, end]
    assert end.owner == SHARED


def test_what_belongs_to_no_conversation_is_not_forgotten_with_one() -> None:
    tree = KvTree()
    text = add(tree, None, 10, None)
    ada = add(tree, text, 5, ADA)

    assert tree.forget(ADA) == [ada]
    assert list(tree) == [text]


def test_the_number_of_bytes_stays_true() -> None:
    chance, tree = random.Random(3), KvTree()
    for _ in range(500):
        stretches = list(tree)
        parent = chance.choice([None, *stretches])
        match chance.randrange(6):
            case 0 | 1 | 2:
                add(tree, parent, chance.randrange(2, 9), chance.choice([ADA, BO, SHARED, None]))
            case 3 if parent is not None and len(parent.tokens) > 1:
                blob = np.zeros(chance.randrange(9), np.uint8)
                tree.split(parent, parent.begin + 1, blob, np.zeros(3, np.uint8))
            case 4 if parent is not None:
                tree.set_blob(parent, chance.choice([None, np.zeros(7, np.uint8)]))
            case 5 if parent is not None and chance.random() < 0.3:
                tree.remove(parent)
            case _:
                tree.forget(chance.choice([ADA, BO])) if chance.random() < 0.05 else None
        assert tree.n_bytes == sum(each.blob.nbytes for each in tree if each.blob is not None)
