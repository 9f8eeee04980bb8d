"""The pytest plugin: fixtures, the guard, helpful assertions, with xdist, unittest and async tests."""

import subprocess
import sys
from pathlib import Path

import numpy  # noqa: F401  (tests in this process would import it anew, and it cannot be)
import pytest

import julep_local.testing.explain  # noqa: F401  (likewise)

ROOT = Path(__file__).parents[2]


class Run:
    """Runs tests in a folder of their own; in a process of their own where they load what cannot be loaded twice."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester

    def __call__(
        self, test: str, *arguments: str, conftest: str = "", ini: str = "", in_process: bool = True
    ) -> pytest.RunResult:
        self.pytester.makeconftest(conftest)
        self.pytester.makeini("[pytest]\n" + ini)
        self.pytester.makepyfile(test_it=test)
        start = self.pytester.runpytest_inprocess if in_process else self.pytester.runpytest_subprocess
        # its faulthandler would disable that of this process when it ends
        without = ("no:cacheprovider", "no:faulthandler")
        return start("-p", "pytest_julep_local", *(each for name in without for each in ("-p", name)), *arguments)


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return Run(pytester)


# ---- fixtures --------------------------------------------------------------------------------------------------------


def test_a_client_is_there_with_a_model_that_waits_for_its_script(run: Run) -> None:
    result = run(
        """
        def test_chat(julep_client, scripted_model):
            scripted_model.add("Hi.")
            session = julep_client.sessions.create(agent_id=julep_client.agents.create(name="Ada").id)
            response = julep_client.sessions.chat(
                session_id=session.id, messages=[{"role": "user", "content": "Hello"}])
            assert response.response[0][0].content == "Hi."
            assert scripted_model.prompts[0].messages[-1].content == "Hello"

        def test_the_next_begins_with_nothing(julep_client):
            assert julep_client.agents.list() == []
        """
    )

    result.assert_outcomes(passed=2)


def test_replies_that_nobody_asked_for_and_calls_too_many_fail(run: Run) -> None:
    result = run(
        """
        def chat(client):
            session = client.sessions.create(agent_id=client.agents.create(name="Ada").id)
            client.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "Hello"}])

        def test_unused(julep_client, scripted_model):
            scripted_model.add("never asked for")

        def test_caught(julep_client, scripted_model):
            try:
                chat(julep_client)
            except AssertionError:
                pass

        def test_failed_already(julep_client, scripted_model):
            scripted_model.add("never asked for")
            assert False, "the true reason"
        """
    )

    result.assert_outcomes(passed=2, errors=2, failed=1)
    result.stdout.fnmatch_lines(
        ["*UnusedReplies: 0 of 1 replies*", "*never asked for*", "*UnexpectedModelCall: chat 1*"]
    )


def test_tests_may_begin_with_a_populated_template(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("n", range(3))
        def test_populated(julep_client, n):
            (agent,) = julep_client.agents.list()
            assert julep_client.docs.search("ferry", agent_id=agent.id)[0].title == "Ferry"
            julep_client.agents.delete(agent_id=agent.id)
        """,
        conftest="""
import pytest
from julep_local.testing import ScriptedModel, Template, fresh_client

made = []

@pytest.fixture(scope="session")
def julep_template():
    made.append(1)
    assert len(made) == 1
    with fresh_client(model=ScriptedModel()) as client:
        client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "The ferry leaves at nine."}])
        return Template(client)
""",
    )

    result.assert_outcomes(passed=3)


def test_async_tests_need_no_further_plugin(run: Run) -> None:
    result = run(
        """
        import pytest

        async def test_chat(julep_async_client, scripted_model):
            scripted_model.add("Hi.")
            agent = await julep_async_client.agents.create(name="Ada")
            session = await julep_async_client.sessions.create(agent_id=agent.id)
            response = await julep_async_client.sessions.chat(
                session_id=session.id, messages=[{"role": "user", "content": "Hello"}])
            assert response.response[0][0].content == "Hi."

        class TestMore:
            @pytest.mark.parametrize("name", ["Ada", "Eve"])
            async def test_names(self, julep_async_client, name, tmp_path, unused=1):
                assert (await julep_async_client.agents.create(name=name)).name == name

        async def test_fails(julep_async_client):
            assert await julep_async_client.agents.list() == [1]
        """
    )

    result.assert_outcomes(passed=3, failed=1)


def test_anyio_runs_the_tests_that_are_its_own(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.anyio
        async def test_chat(julep_async_client):
            assert await julep_async_client.agents.list() == []

        @pytest.fixture
        def anyio_backend():
            return "asyncio"
        """,
        "-p",
        "anyio.pytest_plugin",
    )

    result.assert_outcomes(passed=1)


@pytest.mark.model
def test_a_cassette_is_recorded_and_replayed_beside_the_test(run: Run) -> None:
    test = """
        import pytest

        @pytest.mark.parametrize("word", ["one", "two/three"])
        def test_chat(julep_client, cassette, word):
            session = julep_client.sessions.create(agent_id=julep_client.agents.create(name="Ada").id)
            response = julep_client.sessions.chat(
                session_id=session.id, messages=[{"role": "user", "content": word}], max_tokens=5, temperature=0)
            assert response.response[0][0].content
    """

    missed = run(test)
    missed.assert_outcomes(failed=2)
    missed.stdout.fnmatch_lines(["*CassetteMiss: there is no cassette*record it (pytest --julep-cassettes=new*"])
    run(test, "--julep-cassettes=new", in_process=False).assert_outcomes(passed=2)
    folder = run.pytester.path / "cassettes" / "test_it"
    assert sorted(file.name for file in folder.iterdir()) == ["test_chat[one].json", "test_chat[two-three].json"]
    run(test).assert_outcomes(passed=2)


def test_another_model_may_take_its_place(run: Run) -> None:
    result = run(
        """
        import pytest
        from julep_local.testing import FaultyModel

        @pytest.fixture
        def julep_model():
            return FaultyModel("crash")

        def test_chat(julep_client):
            session = julep_client.sessions.create(agent_id=julep_client.agents.create(name="Ada").id)
            with pytest.raises(Exception, match="llama_decode"):
                julep_client.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "Hello"}])
        """
    )

    result.assert_outcomes(passed=1)


def test_xdist_gives_each_worker_its_own(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("n", range(20))
        def test_chat(julep_client, scripted_model, n):
            scripted_model.add(str(n))
            assert julep_client.agents.list() == []
            session = julep_client.sessions.create(agent_id=julep_client.agents.create(name="Ada").id)
            response = julep_client.sessions.chat(
                session_id=session.id, messages=[{"role": "user", "content": "Hello"}])
            assert response.response[0][0].content == str(n)
        """,
        "-p",
        "xdist.plugin",
        "-n2",
        in_process=False,
    )

    result.assert_outcomes(passed=20)


def test_unittest_has_a_mixin(run: Run) -> None:
    result = run(
        """
        import unittest
        from julep_local.testing import JulepTestMixin

        class TestShop(JulepTestMixin, unittest.TestCase):
            def chat(self):
                session = self.client.sessions.create(agent_id=self.client.agents.create(name="Ada").id)
                return self.client.sessions.chat(
                    session_id=session.id, messages=[{"role": "user", "content": "Hello"}])

            def test_chat(self):
                self.model.add("Hi.")
                self.assertEqual(self.chat().response[0][0].content, "Hi.")
                self.assertEqual(len(self.client.agents.list()), 1)

            def test_unused(self):
                self.model.add("never asked for")

            def test_failed_already(self):
                self.model.add("never asked for")
                self.fail("the true reason")
        """,
    )

    result.assert_outcomes(passed=1, failed=2)
    assert "UnusedReplies" in result.stdout.str()


# ---- the guard -------------------------------------------------------------------------------------------------------

REAL_MODEL = """
        from julep_local import Client

        def test_real({fixtures}):
            with Client(path=":memory:", model="smollm2-135m-instruct") as client:
                session = client.sessions.create(agent_id=client.agents.create(name="Ada").id)
                client.sessions.chat(
                    session_id=session.id, messages=[{{"role": "user", "content": "Hi"}}], max_tokens=2)
"""
EMBEDDER = """
        from julep_local import Client
        from julep_local.testing import ScriptedModel

        def test_real(julep_client):
            doc = {"title": "Ferry", "content": "At nine."}
            with Client(path=":memory:", model=ScriptedModel(["ok"])) as client:
                agent = client.agents.create(name="Ada", docs=[doc])
                client.docs.search("ferry", agent_id=agent.id)
"""
REMOTE = """
        from julep_local.llm.remote import RemoteChatModel

        def test_real(julep_client):
            RemoteChatModel("http://127.0.0.1:1/v1", "qwen").context_tokens
"""
NETWORK = """
        import socket
        import {more}

        def test_real({fixtures}):
            try:
                {call}
            except OSError:
                pass
"""
# what raises the event of a connection and makes none, for tests that are allowed to
ALLOWED = "sys.audit('socket.connect', None, ('203.0.113.1', 9))"
CONNECT = "socket.create_connection(('203.0.113.1', 9), timeout=0.01)"


@pytest.mark.model
def test_real_models_are_forbidden_beside_our_fixtures_and_the_error_says_how_to_allow_them(run: Run) -> None:
    result = run(REAL_MODEL.format(fixtures="julep_client"), in_process=False)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Forbidden: this test may not use the real model smollm2*julep_allow_models*"])


@pytest.mark.parametrize(
    "test", [pytest.param(EMBEDDER, id="embedder", marks=pytest.mark.model), pytest.param(REMOTE, id="remote")]
)
def test_real_embedders_and_servers_of_models_are_too(run: Run, test: str) -> None:
    result = run(test, in_process=False)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Forbidden: this test may not use the real model *"])


@pytest.mark.parametrize(
    "call",
    [
        CONNECT,
        "socket.getaddrinfo('julep.example', 80)",
        "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.sendto(b'x', ('203.0.113.1', 9))",
        "[threading.Thread(target=lambda: CONNECT)][0].run()".replace("CONNECT", CONNECT),
    ],
)
def test_the_network_is_forbidden_beside_our_fixtures(run: Run, call: str) -> None:
    result = run(NETWORK.format(fixtures="julep_client", more="threading", call=call))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Forbidden: this test may not use the network, *julep_allow_network*"])


def test_it_fails_also_where_the_program_caught_the_error(run: Run) -> None:
    result = run(NETWORK.format(fixtures="julep_client", more="os", call=CONNECT).replace("OSError", "BaseException"))

    result.assert_outcomes(failed=1)


@pytest.mark.model
def test_tests_of_other_things_are_left_alone(run: Run) -> None:
    run(REAL_MODEL.format(fixtures="tmp_path"), in_process=False).assert_outcomes(passed=1)
    run(NETWORK.format(fixtures="", more="sys", call=ALLOWED)).assert_outcomes(passed=1)


def test_the_setting_forbids_it_everywhere_or_nowhere(run: Run) -> None:
    run(NETWORK.format(fixtures="", more="sys", call=ALLOWED), ini="julep_forbid = all").assert_outcomes(failed=1)
    run(NETWORK.format(fixtures="julep_client", more="sys", call=ALLOWED), ini="julep_forbid = none").assert_outcomes(
        passed=1
    )
    wrong = run("def test(): pass", ini="julep_forbid = some")
    assert wrong.ret == pytest.ExitCode.USAGE_ERROR
    wrong.stderr.fnmatch_lines(["*julep_forbid = some: give fixtures, all or none*"])


@pytest.mark.model
def test_markers_allow_it(run: Run) -> None:
    marked = "import pytest\n        @pytest.mark.julep_allow_{}\n        def test_real"
    models = REAL_MODEL.format(fixtures="julep_client").replace("def test_real", marked.format("models"))
    network = NETWORK.format(fixtures="julep_client", more="sys", call=ALLOWED)

    run(models, "--strict-markers", in_process=False).assert_outcomes(passed=1)
    run(network.replace("def test_real", marked.format("network")), "--strict-markers").assert_outcomes(passed=1)
    run(network.replace("def test_real", marked.format("models"))).assert_outcomes(failed=1)


def test_this_machine_may_be_talked_to(run: Run) -> None:
    run(
        """
        import asyncio, socket

        def test_loopback(julep_client):
            with socket.create_server(("127.0.0.1", 0)) as server:
                socket.create_connection(server.getsockname()).close()
            socket.getaddrinfo("localhost", 80)
            asyncio.run(asyncio.sleep(0))
        """
    ).assert_outcomes(passed=1)


# ---- assertions ------------------------------------------------------------------------------------------------------


def test_messages_and_recalls_are_shown_by_what_they_say(run: Run) -> None:
    result = run(
        """
        def chat(client, model):
            model.add("The ferry leaves at nine.")
            agent = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "The ferry: nine o'clock."}])
            session = client.sessions.create(agent_id=agent.id)
            response = client.sessions.chat(
                session_id=session.id, messages=[{"role": "user", "content": "When does the ferry leave?"}])
            return response, client.sessions.history(session_id=session.id)

        def test_history(julep_client, scripted_model):
            _, history = chat(julep_client, scripted_model)
            assert history == [("user", "When does the train leave?"), ("assistant", "The ferry leaves at nine.")]

        def test_recall(julep_client, scripted_model):
            response, _ = chat(julep_client, scripted_model)
            assert "Train" in response.context.recalled

        def test_others(julep_client):
            assert [1] == [2]
        """
    )

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*2 ChatMlMessages == 2 tuples (- right, + left)*",
            "*- user: When does the train leave?",
            "*+ user: When does the ferry leave?",
            "*Train in 1 RecalledText:*",
            "*doc 'Ferry': The ferry: nine o'clock. (similarity 0.*",
            "*At index 0 diff: 1 != 2*",
        ]
    )


# ---- what it costs ---------------------------------------------------------------------------------------------------


def test_loading_the_plugin_imports_nothing_else() -> None:
    code = """
import sys, pytest
before = set(sys.modules)
import pytest_julep_local
assert set(sys.modules) - before == {"pytest_julep_local"}, set(sys.modules) - before
"""

    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(ROOT)})


def test_the_plugin_names_the_event_that_models_raise() -> None:
    """The plugin cannot import it: that would import the library."""
    code = "import pytest_julep_local as p, julep_local.settings as s; assert p.REAL_MODEL == s.REAL_MODEL"

    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(ROOT)})
