"""The line before a model, with work that only notes what is asked of it."""

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from julep_local._mirror import stopped_by
from julep_local.errors import Cancelled, ClientClosed, ModelBroken
from julep_local.llm import engine as engine_module
from julep_local.llm.base import Delta, Finish, Preempted
from julep_local.llm.engine import Engine
from julep_local.llm.native import Aborted
from tests.interrupting import interruptions

DONE = Finish("stop", prompt_tokens=1, cached_tokens=0, completion_tokens=1)


class Loaded:
    """A model in memory: computes until it is interrupted."""

    def __init__(self) -> None:
        self.interrupted = threading.Event()
        self.log: list[str] = []

    def abort(self) -> None:
        self.interrupted.set()

    def go_on(self) -> None:
        self.interrupted.clear()

    def save(self) -> None:
        self.log.append("save")

    def close(self) -> None:
        self.log.append("close")


class Steps:
    """Work of so many steps, each of which takes some time and can be interrupted."""

    def __init__(self, loaded: Loaded, name: str, n: int = 3, step_s: float = 0.0, *, may_pause: bool = True) -> None:
        self._loaded, self._name, self._n, self._step_s = loaded, name, n, step_s
        self.may_pause = may_pause

    def step(self, most_tokens: int) -> Delta | Finish | None:
        if self._loaded.interrupted.wait(self._step_s):
            raise Aborted
        self._loaded.log.append(self._name)
        self._n -= 1
        return Delta(self._name) if self._n else DONE

    def pause(self) -> None:
        self._loaded.log.append(f"{self._name} pauses")

    def resume(self) -> None:
        self._loaded.log.append(f"{self._name} goes on")

    def leave(self) -> None:
        self._loaded.log.append(f"{self._name} leaves")


@pytest.fixture
def loaded() -> Loaded:
    return Loaded()


@pytest.fixture
def engine(loaded: Loaded) -> Iterator[Engine[Loaded]]:
    engine = Engine(lambda goes_on: loaded)
    enter(engine)
    yield engine
    engine.close(5)


def enter(engine: Engine[Loaded]) -> None:
    with engine.inside():
        pass


def submit(engine: Engine[Loaded], work: Any, purpose: Any = "chat") -> Any:
    with engine.inside():
        return engine.submit(work, purpose)


def test_what_comes_of_the_work_arrives_in_order(engine: Engine[Loaded], loaded: Loaded) -> None:
    assert list(submit(engine, Steps(loaded, "a"))) == [Delta("a"), Delta("a"), DONE]
    assert loaded.log == ["a", "a", "a", "a leaves"]


def test_long_answers_take_turns_and_each_goes_on_where_it_was(
    engine: Engine[Loaded], loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "SLICE_S", 0.03)

    tickets = [submit(engine, Steps(loaded, name, n=12, step_s=0.01)) for name in "abc"]
    for ticket in tickets:
        assert len(list(ticket)) == 12

    turns = [each for i, each in enumerate(loaded.log) if i == 0 or each != loaded.log[i - 1]]
    assert [each for each in turns if len(each) == 1][:4] == ["a", "b", "c", "a"]
    assert loaded.log.count("a") == loaded.log.count("c") == 12
    assert loaded.log.count("a pauses") == loaded.log.count("a goes on") >= 2


def test_one_alone_is_never_paused(engine: Engine[Loaded], loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "SLICE_S", 0.0)

    list(submit(engine, Steps(loaded, "a", n=5)))

    assert loaded.log == ["a"] * 5 + ["a leaves"]


def test_an_answer_that_would_come_out_otherwise_is_not_paused(
    engine: Engine[Loaded], loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "SLICE_S", 0.0)

    tickets = [submit(engine, Steps(loaded, name, n=6, step_s=0.01, may_pause=name == "b")) for name in "ab"]
    for ticket in tickets:
        list(ticket)

    assert loaded.log == ["a"] * 6 + ["a leaves"] + ["b"] * 6 + ["b leaves"]


def test_only_so_many_are_under_way_at_once(
    engine: Engine[Loaded], loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "SLICE_S", 0.0)
    monkeypatch.setattr(engine_module, "MOST_UNDER_WAY", 2)

    tickets = [submit(engine, Steps(loaded, name, n=4, step_s=0.005)) for name in "abcd"]
    for ticket in tickets:
        list(ticket)

    first_of_c = loaded.log.index("c")
    assert "a leaves" in loaded.log[:first_of_c] or "b leaves" in loaded.log[:first_of_c]


def test_background_work_waits_for_chats_and_gives_way_to_them(engine: Engine[Loaded], loaded: Loaded) -> None:
    quiet = iter(submit(engine, Steps(loaded, "quiet", n=1000, step_s=0.01), "summary"))
    next(quiet)
    chat = submit(engine, Steps(loaded, "chat"))

    assert list(chat)[-1] == DONE
    with pytest.raises(Preempted):
        list(quiet)

    busy = submit(engine, Steps(loaded, "busy", n=3, step_s=0.02))
    late = submit(engine, Steps(loaded, "late"), "memory")
    more = submit(engine, Steps(loaded, "more"))
    for ticket in (busy, more, late):
        list(ticket)
    order = [each for each in loaded.log if each.endswith("leaves")]
    assert order[-3:] == ["busy leaves", "more leaves", "late leaves"]


@pytest.mark.parametrize("leaving", ["stop", "close", "drop"])
def test_whoever_leaves_lets_the_next_one_in_at_once(engine: Engine[Loaded], loaded: Loaded, leaving: str) -> None:
    stop = threading.Event()
    context = stopped_by(stop)
    pieces = iter(submit(engine, Steps(loaded, "long", n=1000, step_s=0.01)))
    context.run(next, pieces)

    if leaving == "stop":
        stop.set()
        with pytest.raises(Cancelled):
            context.run(list, pieces)
    elif leaving == "close":
        pieces.close()
    del pieces

    assert list(submit(engine, Steps(loaded, "next")))[-1] == DONE
    assert "long leaves" in loaded.log


def test_whoever_leaves_the_line_is_passed_over(engine: Engine[Loaded], loaded: Loaded) -> None:
    first = submit(engine, Steps(loaded, "first", n=5, step_s=0.02))
    waiting = submit(engine, Steps(loaded, "waiting"))
    waiting.cancel()

    list(first)
    list(submit(engine, Steps(loaded, "next")))

    assert "waiting" not in loaded.log
    assert "waiting leaves" in loaded.log


def test_an_error_of_the_work_is_raised_where_it_was_asked_for(engine: Engine[Loaded], loaded: Loaded) -> None:
    class Broken(Steps):
        def step(self, most_tokens: int) -> Delta | Finish | None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(submit(engine, Broken(loaded, "broken")))

    assert list(submit(engine, Steps(loaded, "next")))[-1] == DONE


def test_closing_ends_everything(engine: Engine[Loaded], loaded: Loaded) -> None:
    tickets = [submit(engine, Steps(loaded, name, n=1000, step_s=0.01)) for name in "abc"]
    iterators = [iter(ticket) for ticket in tickets]
    next(iterators[0])

    engine.close(5)

    for pieces in iterators:
        with pytest.raises(ClientClosed):
            list(pieces)
    with pytest.raises(ClientClosed), engine.inside():
        pass
    assert loaded.log[-1] == "close"


def test_a_model_that_nobody_wants_is_saved_and_unloaded_and_loaded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_module, "SAVE_AFTER_S", 0.01)
    made: list[Loaded] = []

    def load(goes_on: Callable[[], bool]) -> Loaded:
        made.append(Loaded())
        return made[-1]

    engine = Engine(load, idle_s=0.05)
    with engine.inside() as loaded:
        list(submit(engine, Steps(loaded, "a")))
        time.sleep(0.2)
        assert engine.is_loaded, "somebody is inside"
    assert _eventually(lambda: not engine.is_loaded)

    assert made[0].log[-2:] == ["save", "close"]
    with engine.inside() as loaded:
        assert loaded is made[1]
    engine.close(5)


def test_what_was_used_after_it_was_saved_is_saved_again_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model in a process of its own is given its work past the line: of that only its use tells."""
    monkeypatch.setattr(engine_module, "SAVE_AFTER_S", 0.01)
    loaded = Loaded()
    engine = Engine(lambda goes_on: loaded)
    enter(engine)
    assert _eventually(lambda: loaded.log == ["save"])
    monkeypatch.setattr(engine_module, "SAVE_AFTER_S", 100.0)

    engine.let_go(engine.hold())
    engine.close(5)

    assert loaded.log == ["save", "save", "close"]


def test_what_a_dropped_model_took_is_given_back_before_another_is_loaded() -> None:
    """Else what the other one took is given back."""
    happened: list[str] = []

    def load(goes_on: Callable[[], bool]) -> Loaded:
        happened.append("loaded")
        return Loaded()

    def freed() -> None:
        time.sleep(0.1)  # in which the other thread could load
        happened.append("freed")

    engine = Engine(load, freed=freed)
    with engine.inside() as loaded:
        first = loaded
    dropping = threading.Thread(target=engine.drop, args=(first,))
    dropping.start()
    while engine.owned is first:
        with engine.inside():
            pass
    enter(engine)
    dropping.join()
    engine.close(5)

    assert happened == ["loaded", "freed", "loaded", "freed"]


def test_unloading_waits_for_the_answer_under_way(engine: Engine[Loaded], loaded: Loaded) -> None:
    pieces = iter(submit(engine, Steps(loaded, "a", n=20, step_s=0.01)))
    next(pieces)

    assert engine.unload(5)

    assert len(list(pieces)) == 19
    assert loaded.log[-3:] == ["a leaves", "save", "close"]
    assert not engine.is_loaded


def test_loading_is_shared_and_given_up_when_nobody_waits() -> None:
    began, gave_up = threading.Event(), threading.Event()
    n_loads = 0

    def load(goes_on: Callable[[], bool]) -> Loaded:
        nonlocal n_loads
        n_loads += 1
        began.set()
        while n_loads == 1:
            if not goes_on():
                gave_up.set()
                raise Aborted
            time.sleep(0.005)
        return Loaded()

    engine = Engine(load)
    stops = [threading.Event(), threading.Event()]
    outcomes: list[BaseException] = []

    def wait(stop: threading.Event) -> None:
        try:
            stopped_by(stop).run(enter, engine)
        except Cancelled as cancelled:
            outcomes.append(cancelled)

    threads = [threading.Thread(target=wait, args=(stop,)) for stop in stops]
    for thread in threads:
        thread.start()
    began.wait(5)
    stops[0].set()
    threads[0].join(5)
    assert not gave_up.wait(0.1), "another still waits"
    stops[1].set()
    threads[1].join(5)

    assert gave_up.wait(5)
    assert len(outcomes) == 2
    enter(engine)
    assert n_loads == 2
    engine.close(5)


def test_whoever_waits_is_told_why_a_model_cannot_be_loaded_and_it_is_tried_again() -> None:
    results: list[Any] = [ModelBroken("damaged"), Loaded()]

    def load(goes_on: Callable[[], bool]) -> Loaded:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    engine = Engine(load)
    with pytest.raises(ModelBroken, match="damaged"):
        enter(engine)

    enter(engine)
    engine.close(5)


def test_errands_are_run_between_two_slices_and_a_failing_one_harms_nobody(
    engine: Engine[Loaded], loaded: Loaded
) -> None:
    ran = threading.Event()
    engine.run_soon(lambda _: 1 // 0)
    engine.run_soon(lambda _: ran.set())

    assert ran.wait(5)
    assert list(submit(engine, Steps(loaded, "a")))[-1] == DONE


@pytest.mark.parametrize("is_loaded", [True, False], ids=["loaded", "not loaded"])
def test_ctrl_c_anywhere_leaves_nobody_inside(is_loaded: bool) -> None:
    engine = Engine(lambda goes_on: Loaded())
    if is_loaded:
        enter(engine)

    for place in interruptions(engine_module.__file__, lambda: enter(engine)):
        assert not engine._inside, f"at place {place}"
        in_time = _in_another_thread(lambda: enter(engine))
        assert in_time, f"at place {place}"
        if not is_loaded:
            assert _in_another_thread(engine.unload), f"at place {place}"

    assert _in_another_thread(engine.close)


def test_whoever_waits_gets_an_answer_though_leaving_fails(engine: Engine[Loaded], loaded: Loaded) -> None:
    class Stays(Steps):
        def leave(self) -> None:
            raise ZeroDivisionError

    class Broken(Stays):
        def step(self, most_tokens: int) -> Delta | Finish | None:
            raise ModelBroken("damaged")

    assert list(submit(engine, Stays(loaded, "a")))[-1] == DONE
    with pytest.raises(ModelBroken, match="damaged"):
        list(submit(engine, Broken(loaded, "b")))
    assert list(submit(engine, Steps(loaded, "next")))[-1] == DONE


def test_a_model_that_cannot_be_closed_is_loaded_anew() -> None:
    class Stays(Loaded):
        def close(self) -> None:
            raise ZeroDivisionError

    made: list[Loaded] = []
    freed: list[str] = []

    def load(goes_on: Callable[[], bool]) -> Loaded:
        made.append(Stays())
        return made[-1]

    engine = Engine(load, freed=lambda: freed.append("freed"))
    enter(engine)

    assert engine.unload(5)

    enter(engine)
    assert len(made) == 2
    assert freed == ["freed"]
    assert _in_another_thread(engine.close)


def test_an_error_of_the_thread_itself_reaches_whoever_waits(
    engine: Engine[Loaded], loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(loaded, "go_on", lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            list(submit(engine, Steps(loaded, "a")))

    assert "a leaves" in loaded.log
    assert list(submit(engine, Steps(loaded, "next")))[-1] == DONE


def test_a_thread_that_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(lambda goes_on: Loaded())

    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            enter(engine)

    assert _in_another_thread(lambda: enter(engine))
    engine.close(5)


def test_being_inside_counts_as_use(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: now))
    engine = Engine(lambda goes_on: Loaded(), idle_s=100.0)

    def look_again() -> None:
        with engine._lock:
            engine._wake()
        time.sleep(0.05)

    enter(engine)
    now += 90
    enter(engine)  # to count a prompt, say
    now += 90
    look_again()
    assert engine.is_loaded

    now += 90
    look_again()
    assert _eventually(lambda: not engine.is_loaded)


def _in_another_thread(act: Callable[[], object]) -> bool:
    """Do it in another thread, as locks may be held by this one; return whether that ended in time."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(5)
    return not thread.is_alive()


def _eventually(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()
