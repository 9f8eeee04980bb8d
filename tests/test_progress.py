"""Who waits is told for what and how long, on the thread they choose, and can cancel it; reading waits for nothing."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncClient, Client, progress
from julep_local._mirror import stop_requested
from julep_local.delivery import to_tk
from julep_local.errors import Cancelled
from julep_local.progress import Progress
from julep_local.store import schema
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import JobStatusState

MANY = 400
"""Chunks: more than are embedded at once."""


class SlowEmbedder(HashEmbedder):
    """One that is not done in microseconds, so that docs are embedded by a job."""

    is_instant = False


class Stuck:
    """A chat model and an embedder that never come to an end of loading."""

    name = relevance_threshold = label = "stuck"
    n_dims = 8
    is_ready = False

    def _load(self) -> Any:
        if threading.current_thread() is threading.main_thread():
            pytest.fail("the caller waits for a model")
        while not stop_requested():  # a job in the background does
            time.sleep(0.01)
        raise Cancelled("the job was stopped")

    @property
    def context_tokens(self) -> Any:
        return self._load()

    calls_tools = context_tokens

    def prompt(self, *_: Any, **__: Any) -> Any:
        return self._load()

    text_prompt = generate = embed = embed_query = prompt

    def warm_up(self) -> None:
        """It has begun, and goes on for ever."""

    def close(self) -> None:
        """There is nothing to give back."""


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "AFTER_S", 0.0)
    monkeypatch.setattr(progress, "EACH_S", 0.0)


@pytest.fixture
def events() -> Iterator[list[Progress]]:
    told: list[Progress] = []
    with progress.listen(told.append):
        yield told


def test_work_is_told_from_its_beginning_to_its_end(events: list[Progress]) -> None:
    with progress.doing("export", "ada.zip", total=4, unit="rows") as work:
        work.at(1)
        work.at(3)

    assert [(each.done, each.state, each.is_over) for each in events] == [
        (0, "under_way", False),
        (1, "under_way", False),
        (3, "under_way", False),
        (4, "done", True),
    ]
    assert {(each.what, each.name, each.total, each.unit) for each in events} == {("export", "ada.zip", 4, "rows")}
    assert [each.share for each in events] == [0, 0.25, 0.75, 1]
    assert len({each.work_id for each in events}) == 1


def test_of_how_much_may_become_known_later(events: list[Progress]) -> None:
    with progress.doing("download", "qwen", unit="bytes") as work:
        work.at(10)
        work.at(20, 80)

    assert [each.share for each in events] == [None, None, 0.25, 1]


def test_short_work_is_not_told_and_long_work_not_too_often(
    events: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "AFTER_S", 3600)
    monkeypatch.setattr(progress, "EACH_S", 3600)

    with progress.doing("embed", "short") as work:
        work.at(1)
    with progress.doing("embed", "long", at_once=True) as work:
        for n in range(100):
            work.at(n)

    assert [(each.name, each.done) for each in events] == [("long", 0), ("long", 99)]


def test_what_goes_wrong_is_told(events: list[Progress]) -> None:
    with pytest.raises(ValueError, match="no room"), progress.doing("compact", "ada.db"):
        raise ValueError("no room")

    assert (events[-1].state, events[-1].error) == ("failed", "no room")


def test_cancelled_work_ends_where_it_says_how_far_it_is_or_asks_whether_to_stop(events: list[Progress]) -> None:
    asked: list[bool] = []

    def export() -> None:
        with progress.doing("export", "ada.zip") as work:
            asked.append(stop_requested())
            events[0].cancel()
            asked.append(stop_requested())
            work.at(1)

    with pytest.raises(Cancelled, match=r"export of ada\.zip"):
        export()

    assert asked == [False, True]

    assert (events[-1].state, events[-1].error) == ("cancelled", None)
    assert not stop_requested()


def test_who_comes_later_is_told_what_is_under_way() -> None:
    late: list[Progress] = []

    with progress.doing("download", "qwen", total=8) as work:
        work.at(2)
        with progress.listen(late.append):
            assert [(each.name, each.done) for each in late] == [("qwen", 2)]


def test_nobody_is_told_after_closing_not_even_of_what_is_on_its_way() -> None:
    told: list[Progress] = []
    on_their_way: list[Callable[[], object]] = []
    listening = progress.listen(told.append, deliver=on_their_way.append)

    with progress.doing("export", "one"):
        pass
    on_their_way[0]()
    listening.close()
    listening.close()
    on_their_way[1]()
    with progress.doing("export", "two"):
        pass

    assert [(each.name, each.state) for each in told] == [("one", "under_way")]
    assert len(on_their_way) == 2


def test_a_callback_that_fails_is_told_nothing_more_and_the_work_goes_on(
    events: list[Progress], caplog: pytest.LogCaptureFixture
) -> None:
    def fails(event: Progress) -> None:
        raise RuntimeError(f"no window for {event.name}")

    with progress.listen(fails), progress.doing("export", "ada.zip"):
        pass

    assert [each.state for each in events] == ["under_way", "done"]
    assert caplog.text.count("no window for ada.zip") == 1


def test_an_asyncio_program_is_told_in_its_loop(tmp_path: Path) -> None:
    threads: set[int] = set()
    ended = asyncio.Event()

    def told(event: Progress) -> None:
        threads.add(threading.get_ident())
        if event.is_over:
            ended.set()

    async def main() -> None:
        async with AsyncClient(path=tmp_path / "julep.db", model=ScriptedModel(["ok"]), embedder=HashEmbedder()) as it:
            agent = await it.agents.create(name="Ada")
            with it.on_progress(told):
                await it.agents.export(agent.id, tmp_path / "ada.julep")
                await asyncio.wait_for(ended.wait(), 30)

    asyncio.run(main())

    assert threads == {threading.get_ident()}


def test_a_tk_program_is_told_when_its_window_next_looks() -> None:
    class Window:
        """What is asked of a Tk widget."""

        def __init__(self) -> None:
            self.timers: list[Callable[[], object]] = []
            self.is_there = True

        def after(self, _ms: int, function: Callable[[], object]) -> None:
            self.timers.append(function)

        def winfo_exists(self) -> bool:
            return self.is_there

    window, told = Window(), queue.SimpleQueue[int]()
    deliver = to_tk(window)

    thread = threading.Thread(target=lambda: [deliver(lambda: told.put(threading.get_ident())) for _ in range(3)])
    thread.start()
    thread.join()
    assert told.empty()
    window.timers.pop()()

    assert [told.get_nowait() for _ in range(3)] == [threading.get_ident()] * 3
    assert len(window.timers) == 1
    window.is_there = False
    window.timers.pop()()
    assert not window.timers


class TestWhatIsTold:
    def test_docs_being_embedded(self, make_client: Callable[..., Client], events: list[Progress]) -> None:
        client = make_client(embedder=SlowEmbedder())
        agent = client.agents.create(name="Ada")

        doc = client.docs.create(agent_id=agent.id, doc={"title": "Tides", "content": many_chunks()})
        client.jobs.wait(doc.jobs)

        of_doc = [each for each in events if each.what == "embed"]
        assert {(each.name, each.unit) for each in of_doc} == {("Tides", "chunks")}
        assert [each.done for each in of_doc] == sorted(each.done for each in of_doc)
        assert (of_doc[-1].state, of_doc[-1].done, of_doc[-1].total) == ("done", MANY, MANY)
        assert len({each.done for each in of_doc}) > 3

    def test_embedding_that_is_cancelled_ends_its_job_and_words_find_the_doc(
        self, make_client: Callable[..., Client]
    ) -> None:
        client = make_client(embedder=SlowEmbedder())
        agent = client.agents.create(name="Ada")

        with client.on_progress(lambda event: event.cancel() if event.done else None):
            doc = client.docs.create(agent_id=agent.id, doc={"title": "Tides", "content": many_chunks()})
            (job,) = client.jobs.wait(doc.jobs)

        assert job.state == JobStatusState.ABORTED
        assert job.reason is not None
        assert "cancelled by the program" in job.reason
        assert client.docs.search("number7", agent_id=agent.id)

    def test_an_export_and_an_import_which_can_be_cancelled(
        self, make_client: Callable[..., Client], events: list[Progress], tmp_path: Path
    ) -> None:
        client = make_client()
        agent = client.agents.create(name="Ada")
        client.agents.export(agent.id, tmp_path / "ada.julep")
        client.agents.import_file(tmp_path / "ada.julep", ids="new")

        done = [(each.what, each.unit) for each in events if each.state == "done"]
        assert [each for each in done if each[0] != "embed"] == [("export", "rows"), ("import", "rows")]
        with client.on_progress(lambda event: event.cancel()), pytest.raises(Cancelled):
            client.agents.export(agent.id, tmp_path / "another.julep")
        assert not (tmp_path / "another.julep").exists()

    def test_compacting(self, make_client: Callable[..., Client], events: list[Progress]) -> None:
        make_client().compact()

        assert {each.what for each in events} == {"compact"}
        assert [each.is_over for each in (events[0], events[-1])] == [False, True]

    def test_bringing_a_file_up_to_date_which_can_be_cancelled(
        self, events: list[Progress], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = str(tmp_path / "julep.db")
        Database(path).close()
        monkeypatch.setattr(
            schema, "MIGRATIONS", (*schema.MIGRATIONS, lambda execute: execute("create table more (a)"))
        )
        monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)

        with progress.listen(lambda event: event.cancel()), pytest.raises(Cancelled):
            Database(path)
        assert events[-1].state == "cancelled"
        db = Database(path)

        assert (events[-1].what, events[-1].name, events[-1].state) == ("migrate", path, "done")
        assert db.one("select count(*) as n from more") is not None
        db.close()

    def test_the_work_of_other_files_is_not(self, make_client: Callable[..., Client], tmp_path: Path) -> None:
        one, other = make_client(), make_client(path=tmp_path / "other.db")
        told: list[Progress] = []

        with one.on_progress(told.append):
            other.compact()
            assert not told
            one.compact()

        assert told[-1].state == "done"
        assert len({each.work_id for each in told}) == 1


def test_opening_listing_reading_and_searching_wait_for_no_model(tmp_path: Path) -> None:
    path = tmp_path / "julep.db"
    with Client(path=path, model=ScriptedModel(["ok"]), embedder=HashEmbedder()) as client:
        agent = client.agents.create(name="Ada")
        user = client.users.create(name="Bo", about="likes maps")
        session = client.sessions.create(agent_id=agent.id, user_id=user.id)
        client.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "My dog is called Rex."}])
        doc = client.docs.create(agent_id=agent.id, doc={"title": "Ferry", "content": "It leaves at 9:15."})

    with Client(path=path, model=Stuck(), embedder=Stuck()) as client:
        assert [each.id for each in client.agents.list()] == [agent.id]
        assert client.agents.get(agent.id).name == "Ada"
        assert [each.id for each in client.users.list()] == [user.id]
        assert [each.id for each in client.sessions.list()] == [session.id]
        assert len(list(client.sessions.history(session_id=session.id))) == 2
        assert client.docs.get(doc.id).title == "Ferry"
        assert client.docs.search("when does it leave?", agent_id=agent.id)
        client.memories.list(agent_id=agent.id, user_id=user.id)
        assert client.jobs.list() is not None
        assert client.models.list()
        client.docs.create(agent_id=agent.id, doc={"title": "Tides", "content": "High at noon."})
        client.agents.update(agent_id=agent.id, name="Grace")
        client.digest()


def many_chunks() -> Sequence[str]:
    return [f"The tide number{n} comes in." for n in range(MANY)]
