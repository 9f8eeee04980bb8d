"""Downloads: resumed after a break, whole or not there at all, and the token goes where it belongs."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from file_server import FileServer, gguf, serving, sha256

from julep_local._mirror import stopped_by
from julep_local.errors import ApiError, Cancelled, ModelBroken, ModelError, ModelMissing
from julep_local.llm import adding, download, hub, model_files
from julep_local.llm.adding import Given

WHOLE = gguf()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder of the test's own, a hub on this machine unless a test says otherwise, and no waiting."""
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setenv("JULEP_LOCAL_MODELS", str(models))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    monkeypatch.setattr(download, "_PAUSES_S", (0.0,) * len(download._PAUSES_S))
    return models


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(FileServer(WHOLE)) as server:
        yield server


def _fetch(server: FileServer, folder: Path, **given: object) -> str:
    return download.download(server.url, folder / "m.gguf", **given)  # type: ignore[arg-type]


def _refused(server: FileServer, folder: Path, error: type[ApiError], **given: object) -> str:
    with pytest.raises(error) as caught:
        _fetch(server, folder, **given)
    assert not (folder / "m.gguf").exists()
    return str(caught.value)


def _begun(server: FileServer, folder: Path, n_bytes: int = 100_000) -> None:
    """Leave a download as it is after its program was stopped."""
    server.stalls_after = n_bytes
    stop = threading.Event()

    def told(done: int, total: int | None) -> None:
        assert total in (None, len(server.content))
        if done >= n_bytes:
            stop.set()

    with pytest.raises(Cancelled):
        stopped_by(stop).run(_fetch, server, folder, on_progress=told)
    server.stalls_after = None
    server.seen.clear()
    assert (folder / "m.gguf.part").stat().st_size == n_bytes


def test_a_file_comes_whole_and_leaves_nothing_behind(server: FileServer, folder: Path) -> None:
    told: list[tuple[int, int | None]] = []

    digest = _fetch(server, folder, on_progress=lambda done, total: told.append((done, total)))

    assert digest == sha256(WHOLE)
    assert [file.name for file in folder.iterdir()] == ["m.gguf"]
    assert (folder / "m.gguf").read_bytes() == WHOLE
    assert told[-1] == (len(WHOLE), len(WHOLE))
    assert told == sorted(told)
    assert server.seen[0].headers["accept-encoding"] == "identity"


def test_a_server_that_says_no_length_is_read_to_the_end(server: FileServer, folder: Path) -> None:
    server.says_length = False
    told: list[int | None] = []

    _fetch(server, folder, on_progress=lambda done, total: told.append(total))

    assert (folder / "m.gguf").read_bytes() == WHOLE
    assert set(told) == {None}


def test_what_breaks_off_goes_on_where_it_was(server: FileServer, folder: Path) -> None:
    server.breaks = [100_000, 50_000]

    _fetch(server, folder)

    assert [each.begins for each in server.seen] == [0, 100_000, 150_000]
    assert [each.headers.get("if-range") for each in server.seen] == [None, '"one"', '"one"']
    assert (folder / "m.gguf").read_bytes() == WHOLE


def test_breaking_off_again_and_again_ends_with_a_sentence_and_keeps_what_has_come(
    server: FileServer, folder: Path
) -> None:
    server.breaks = [1000] * 99

    message = _refused(server, folder, ModelError)

    assert "are kept: add() goes on from there" in message
    n_tries = len(download._PAUSES_S) + 1
    assert (folder / "m.gguf.part").stat().st_size == 1000 * n_tries == len(server.seen) * 1000


def test_breaks_with_headway_between_them_are_not_counted_together(folder: Path) -> None:
    whole = gguf(12 << 20)
    with serving(FileServer(whole, breaks=[1 << 20] * 10)) as server:
        _fetch(server, folder)

    assert (folder / "m.gguf").read_bytes() == whole


def test_a_server_that_always_begins_anew_and_breaks_off_is_given_up(folder: Path) -> None:
    with serving(FileServer(gguf(3 << 20), breaks=[2 << 20] * 99, knows_range=False)) as server:
        _refused(server, folder, ModelError)

    assert len(server.seen) < 9


def test_a_stopped_download_goes_on_in_a_later_call(server: FileServer, folder: Path) -> None:
    _begun(server, folder)

    assert _fetch(server, folder) == sha256(WHOLE)

    assert [each.begins for each in server.seen] == [100_000]
    assert [file.name for file in folder.iterdir()] == ["m.gguf"]


def test_a_server_that_ignores_range_is_read_from_the_start(server: FileServer, folder: Path) -> None:
    _begun(server, folder)
    server.knows_range = False

    assert _fetch(server, folder) == sha256(WHOLE)

    assert [each.begins for each in server.seen] == [100_000]


@pytest.mark.parametrize("knows_if_range", [True, False])
def test_what_was_replaced_meanwhile_is_read_from_the_start(
    server: FileServer, folder: Path, knows_if_range: bool
) -> None:
    _begun(server, folder)
    server.content, server.etag, server.knows_if_range = gguf(200_000, seed=2), '"two"', knows_if_range

    assert _fetch(server, folder) == sha256(server.content)


def test_what_became_shorter_meanwhile_is_read_from_the_start(server: FileServer, folder: Path) -> None:
    _begun(server, folder)
    server.content, server.knows_if_range, server.etag = gguf(50_000, seed=2), False, '"two"'

    assert _fetch(server, folder) == sha256(server.content)


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_promise_of_the_same_bytes_it_begins_anew(server: FileServer, folder: Path, etag: str | None) -> None:
    server.etag = etag
    _begun(server, folder)

    _fetch(server, folder)

    assert [each.begins for each in server.seen] == [0]


def test_a_hash_is_promise_enough(server: FileServer, folder: Path) -> None:
    server.etag = None
    _begun(server, folder)

    _fetch(server, folder, sha256=sha256(WHOLE))

    assert [each.begins for each in server.seen] == [100_000]


def test_another_address_is_another_file(server: FileServer, folder: Path) -> None:
    _begun(server, folder)

    download.download(f"{server.address}/other.gguf", folder / "m.gguf")

    assert [each.begins for each in server.seen] == [0]


def test_a_download_that_was_stopped_before_it_was_checked_asks_for_nothing(server: FileServer, folder: Path) -> None:
    _begun(server, folder)
    part = folder / "m.gguf.part"
    part.write_bytes(WHOLE)

    assert _fetch(server, folder) == sha256(WHOLE)

    assert server.seen == []


def test_a_wrong_hash_deletes_what_came_and_says_so(server: FileServer, folder: Path) -> None:
    message = _refused(server, folder, ModelBroken, sha256="0" * 64)

    assert sha256(WHOLE) in message
    assert "0" * 64 in message
    assert "deleted" in message
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"<!doctype html>" + b"x" * 100_000, "web page"), (b"PK\3\4zip", "GGUF"), (b"GG", "2 bytes")],
)
def test_what_is_no_gguf_file_is_not_kept(server: FileServer, folder: Path, content: bytes, words: str) -> None:
    server.content = content

    assert words in _refused(server, folder, ModelBroken)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, ModelError, "login"),
        (403, ModelError, "login"),
        (404, ModelMissing, "no such file"),
        (418, ModelError, "418"),
        (429, ModelError, "too many requests"),
        (500, ModelError, "the server failed"),
    ],
)
def test_a_refusal_is_a_sentence(
    server: FileServer, folder: Path, status: int, error: type[ApiError], words: str
) -> None:
    server.status = status

    message = _refused(server, folder, error)

    assert words in message
    assert f"{server.url} answered {status}" in message
    assert len(server.seen) == 1, "what never began is not tried again"


def test_nobody_there_is_a_sentence(folder: Path) -> None:
    with serving(FileServer()) as server:
        pass

    assert "refuses the connection" in _refused(server, folder, ModelError)


def test_a_server_that_says_nothing_is_given_up(server: FileServer, folder: Path) -> None:
    server.stalls_after = 1000

    assert "sent nothing for 0.1 s" in _refused(server, folder, ModelError, silence_s=0.1)
    assert (folder / "m.gguf.part").stat().st_size >= 1000


def test_a_stalled_download_can_be_stopped(server: FileServer, folder: Path) -> None:
    server.stalls_after = 1000
    stop = threading.Event()
    threads = ThreadPoolExecutor(1)

    job = threads.submit(stopped_by(stop).run, _fetch, server, folder)
    assert server.stalling.wait(10)
    stop.set()

    with pytest.raises(Cancelled, match="add\\(\\) goes on"):
        job.result(10)
    threads.shutdown()
    assert (folder / "m.gguf.part").exists()


def test_what_a_callback_raises_comes_out_and_the_part_stays(server: FileServer, folder: Path) -> None:
    def told(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fetch(server, folder, on_progress=told)

    assert (folder / "m.gguf.part").exists()


# ---- the disk --------------------------------------------------------------------------------------------------------


def test_too_little_room_is_said_before_anything_comes(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 1000

    monkeypatch.setattr(model_files.shutil, "disk_usage", lambda path: Usage)

    assert "300,000 bytes are needed and 1,000 are free" in _refused(server, folder, ModelError)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_disk_that_fills_up_is_a_sentence(server: FileServer, folder: Path) -> None:
    (folder / "m.gguf.part").symlink_to("/dev/full")

    assert "the disk is full. Make room and call again" in _refused(server, folder, ModelError)


# ---- the hub ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def hub_server(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> FileServer:
    """The server, as if it were Hugging Face."""
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    server.headers = {"X-Linked-Etag": f'"{sha256(WHOLE)}"', "X-Linked-Size": str(len(WHOLE))}
    return server


def test_the_hub_is_asked_for_the_file_with_the_token(hub_server: FileServer, folder: Path) -> None:
    assert hub.file_url("me/it", "sub folder/m.gguf") == f"{hub_server.address}/me/it/resolve/main/sub%20folder/m.gguf"

    _fetch(hub_server, folder)

    assert hub_server.seen[0].headers["authorization"] == "Bearer hf_secret"


def test_a_token_is_not_carried_to_another_host(hub_server: FileServer, folder: Path) -> None:
    with serving(FileServer(WHOLE)) as elsewhere:
        hub_server.redirect = f"{elsewhere.address}/moved?signature=secret"

        _fetch(hub_server, folder)

        assert "authorization" in hub_server.seen[0].headers
        assert elsewhere.seen
        assert not any("authorization" in each.headers for each in elsewhere.seen)
        assert "hf_secret" not in str(elsewhere.seen)


def test_an_address_that_is_not_the_hubs_gets_no_token(
    server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    _fetch(server, folder)

    assert "authorization" not in server.seen[0].headers


def test_what_the_hub_says_is_what_must_come(hub_server: FileServer, folder: Path) -> None:
    with serving(FileServer(gguf(seed=2))) as elsewhere:
        hub_server.redirect = f"{elsewhere.address}/moved"

        assert "deleted" in _refused(hub_server, folder, ModelBroken)


def test_only_the_hub_is_believed(server: FileServer, folder: Path) -> None:
    server.headers = {"X-Linked-Etag": '"' + "0" * 64 + '"'}

    assert _fetch(server, folder) == sha256(WHOLE)


def test_another_hash_than_the_one_asked_for_is_said_at_once(hub_server: FileServer, folder: Path) -> None:
    assert "nothing was downloaded" in _refused(hub_server, folder, ModelBroken, sha256="0" * 64)


def test_a_file_that_was_replaced_at_the_hub_is_read_from_the_start(hub_server: FileServer, folder: Path) -> None:
    _begun(hub_server, folder)
    hub_server.content = gguf(seed=2)  # with the same ETag where it is stored
    hub_server.headers = {"X-Linked-Etag": f'"{sha256(hub_server.content)}"'}

    assert _fetch(hub_server, folder) == sha256(hub_server.content)


def test_a_gated_model_is_a_sentence_without_the_token(hub_server: FileServer, folder: Path) -> None:
    hub_server.status, hub_server.headers = 401, {"X-Error-Code": "GatedRepo"}

    message = _refused(hub_server, folder, ModelError)

    assert "GatedRepo; set HF_TOKEN" in message
    assert "hf_secret" not in message


def test_offline_means_that_the_hub_is_not_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set, so huggingface.co is not asked"):
        download.download("https://huggingface.co/me/it/resolve/main/m.gguf", folder / "m.gguf")


def test_offline_holds_for_redirects_too(server: FileServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    server.redirect = "https://huggingface.co/me/it"

    assert "HF_HUB_OFFLINE" in _refused(server, folder, ModelError)


@pytest.mark.parametrize("to", ["", "ftp://127.0.0.1/m.gguf", "file:///etc/passwd"])
def test_a_redirect_to_nowhere_is_not_followed(server: FileServer, folder: Path, to: str) -> None:
    server.redirect = to

    assert "redirects to nowhere" in _refused(server, folder, ModelError)


def test_a_redirect_away_from_a_secure_address_is_not_followed() -> None:
    assert download._redirected("https://a.example/x", "/y?z") == "https://a.example/y?z"
    with pytest.raises(ModelError, match="not secure"):
        download._redirected("https://a.example/x?key=secret", "http://b.example/y")


def test_redirects_without_end_are_given_up(server: FileServer, folder: Path) -> None:
    server.redirect = "/again"

    assert "again and again" in _refused(server, folder, ModelError)


def test_what_is_secret_in_an_address_is_not_shown() -> None:
    assert hub.shown("https://me:pass@example.com:8443/a.gguf?key=secret#x") == "https://example.com:8443/a.gguf"
    assert hub.without_password("https://me:pass@example.com/a.gguf?id=1#x") == "https://example.com/a.gguf?id=1"


# ---- several programs ------------------------------------------------------------------------------------------------


ADD = """
import sys
from julep_local.llm import adding
def told(done, total):
    print(done, flush=True)
adding.add("m", sys.argv[1], adding.Given(), on_progress=told)
"""


def _child(server: FileServer, environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", ADD, server.url], env=environment, stdout=subprocess.PIPE, text=True)


def test_a_killed_programs_download_is_carried_on_by_another(
    server: FileServer, folder: Path, offline_environment: dict[str, str]
) -> None:
    server.stalls_after = 100_000
    child = _child(server, offline_environment)
    assert child.stdout is not None
    while int(child.stdout.readline()) < 100_000:
        pass
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    server.stalls_after = None
    assert json.loads((folder / "m.gguf.part.json").read_text())["etag"] == '"one"'
    assert not (folder / "m.gguf").exists()

    other = _child(server, offline_environment)
    other.communicate(timeout=30)

    assert other.returncode == 0
    assert [each.begins for each in server.seen] == [0, 100_000]
    assert (folder / "m.gguf").read_bytes() == WHOLE


def test_two_programs_that_add_the_same_model_download_it_once(
    server: FileServer, folder: Path, offline_environment: dict[str, str]
) -> None:
    children = [_child(server, offline_environment) for _ in range(2)]

    for child in children:
        child.communicate(timeout=60)

    assert [child.returncode for child in children] == [0, 0]
    assert len(server.seen) == 1
    assert (folder / "m.gguf").read_bytes() == WHOLE


def test_threads_that_add_the_same_model_download_it_once(server: FileServer, folder: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: adding.add("m", server.url, Given()), range(4)))

    assert len(server.seen) == 1
    assert (folder / "m.gguf").read_bytes() == WHOLE


def test_whoever_waits_for_anothers_download_can_be_stopped(server: FileServer, folder: Path) -> None:
    stop = threading.Event()
    stop.set()

    with model_files.locked(folder, "m"), pytest.raises(Cancelled):
        stopped_by(stop).run(adding.add, "m", server.url, Given())

    assert server.seen == []


def test_no_thread_and_no_file_is_left_open(server: FileServer, folder: Path) -> None:
    _fetch(server, folder)

    ends_at = time.monotonic() + 5
    while any(thread.name == "julep-download" for thread in threading.enumerate()) and time.monotonic() < ends_at:
        time.sleep(0.01)
    assert not any(thread.name == "julep-download" for thread in threading.enumerate())
    assert os.listdir(folder) == ["m.gguf"]
