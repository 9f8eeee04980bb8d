"""`julep_local` held against the released SDK: a program written for one must run on the other.

`surface/julep-0.3.4.json` was made by `surface/snapshot.py` from the released wheel.
"""

import asyncio
import importlib
import importlib.util
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import julep_local.types

HERE = Path(__file__).parent / "surface"
SDK = json.loads((HERE / "julep-0.3.4.json").read_text())


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


snapshot = _load("snapshot")

# ---- where we differ, and why ----------------------------------------------------------------------------------------

# modules that only made sense with HTTP, or were never meant to be imported
NO_SUCH_MODULE = {
    "api.core.client_wrapper": "held the HTTP client and its headers",
    "env": "read the key and the address of the service",
    "utils": "only the package of the next one",
    "utils.openai_patch": "rewrote the openai package's methods",
    "managers.types": "the typed dicts that annotated the managers' parameters",
}

# fields that the SDK requires and we do not
NOT_REQUIRED = {
    ("InputChatMlMessage", "content"): "a message to be carried on with `continue` may be empty",
}

# what our constructors take beyond the SDK's
CONSTRUCTOR_EXTRAS = {
    "path",
    "model",
    "embedder",
    "strict_models",
    "deterministic",
    "memory_tier",
    "offline",
    "key",
    "isolate",
}

# methods beyond the SDK's 36
LIFE_CYCLE = {"JulepApi": {"close"}, "AsyncJulepApi": {"aclose"}}

# results beyond the SDK's: with stream=True `chat` returns an iterator
MAY_STREAM = {"chat"}

# keywords that managers take beyond the SDK's
MANAGER_EXTRAS = {
    ("sessions", "chat"): {"min_p", "preset", "record"},  # JulepApi.chat always had them
    ("sessions", "update"): {"render_templates"},  # the SDK declared it and then refused it
    ("tools", "update"): {"overwrite"},  # the SDK's async manager forgot it
}

# parameters that the SDK's managers require and ours do not
MANAGER_OPTIONAL = {
    ("memories", "list", "query"): "without one there is nothing to rank by, and the newest memories come first",
}

# results that the SDK declares wrongly
MANAGER_RETURNS = {
    ("AsyncClient", "tools", "delete"): "None",  # declared awaitable; deleted, then always raised
}


# ---- types -----------------------------------------------------------------------------------------------------------

TYPES = [pytest.param(name, fact, id=name) for name, fact in SDK["types"].items()]
MODELS = [case for case in TYPES if case.values[1]["kind"] == "model"]
ENUMS = [case for case in TYPES if case.values[1]["kind"] == "enum"]
ALIASES = [case for case in TYPES if case.values[1]["kind"] in ("union", "alias")]


def test_all_95_types_are_exported() -> None:
    assert len(SDK["exports"]["julep.api.types"]) == 95
    assert set(SDK["exports"]["julep.api.types"]) <= set(julep_local.types.__all__)


@pytest.mark.parametrize(("name", "fact"), MODELS)
def test_a_model_has_the_fields_of_the_sdk(name: str, fact: dict[str, Any]) -> None:
    ours = snapshot.described(getattr(julep_local.types, name))

    assert ours["kind"] == "model"
    for field, theirs in fact["fields"].items():
        expected = dict(theirs)
        if (name, field) in NOT_REQUIRED:
            expected = {**theirs, "required": False, "annotation": theirs["annotation"] + " | None"}
        assert ours["fields"][field] == expected, field


@pytest.mark.parametrize(("name", "fact"), MODELS)
def test_a_models_further_fields_are_optional(name: str, fact: dict[str, Any]) -> None:
    ours = snapshot.described(getattr(julep_local.types, name))

    further = {field: ours["fields"][field] for field in ours["fields"].keys() - fact["fields"].keys()}

    assert not [field for field, facts in further.items() if facts["required"]]


@pytest.mark.parametrize(("name", "fact"), ENUMS)
def test_an_enum_has_the_members_and_the_visit_of_the_sdk(name: str, fact: dict[str, Any]) -> None:
    ours = snapshot.described(getattr(julep_local.types, name))

    assert ours == fact
    assert list(ours["members"]) == list(fact["members"])


@pytest.mark.parametrize(("name", "fact"), ALIASES)
def test_an_alias_stands_for_what_it_stands_for_in_the_sdk(name: str, fact: dict[str, Any]) -> None:
    assert snapshot.described(getattr(julep_local.types, name)) == fact


# ---- modules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path in SDK["modules"] if path not in NO_SUCH_MODULE])
def test_a_module_of_the_sdk_can_be_imported_under_our_name(path: str) -> None:
    importlib.import_module(f"julep_local.{path}")


@pytest.mark.parametrize("path", NO_SUCH_MODULE)
def test_a_module_said_to_be_left_out_is_one_of_the_sdks_and_is(path: str) -> None:
    assert path in SDK["modules"]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"julep_local.{path}")


@pytest.mark.parametrize("name", SDK["exports"]["julep.api.types"])
def test_a_type_is_found_in_the_module_the_sdk_keeps_it_in(name: str) -> None:
    modules = [path for path in SDK["modules"] if path.startswith("api.types.")]
    words = name.partition("_")[0]
    (path,) = [path for path in modules if path.rpartition(".")[2].replace("_", "") == words.lower()]

    module = importlib.import_module(f"julep_local.{path}")

    assert getattr(module, name) == getattr(julep_local.types, name)


@pytest.mark.parametrize("module", SDK["exports"])
def test_a_module_exports_what_it_exports_in_the_sdk(module: str) -> None:
    ours = importlib.import_module(module.replace("julep", "julep_local", 1))

    assert not [name for name in SDK["exports"][module] if not hasattr(ours, name)]
    assert not [name for name in SDK["exports"][module] if name not in ours.__all__]


@pytest.mark.parametrize("name", SDK["exports"]["julep.api"])
def test_every_type_can_be_imported_from_the_root(name: str) -> None:
    assert hasattr(importlib.import_module("julep_local"), name)


def test_omit_is_the_ellipsis() -> None:
    assert importlib.import_module("julep_local.api.client").OMIT is ...


def test_the_environment_has_one_member() -> None:
    environment = importlib.import_module("julep_local.api.environment").JulepApiEnvironment

    assert {member.name: member.value for member in environment} == {"DEFAULT": "https://api-alpha.julep.ai/api"}


# ---- JulepApi, AsyncJulepApi -----------------------------------------------------------------------------------------

LOW_LEVEL = [
    pytest.param(owner, method, fact, id=f"{owner}.{method}")
    for owner, facts in SDK["low_level"].items()
    for method, fact in facts["methods"].items()
]


def _api_class(name: str) -> Any:
    return getattr(importlib.import_module("julep_local.api.client"), name)


@pytest.mark.parametrize(("owner", "method", "fact"), LOW_LEVEL)
def test_a_method_has_the_signature_of_the_sdk(owner: str, method: str, fact: dict[str, Any]) -> None:
    ours = snapshot.signature(getattr(_api_class(owner), method))

    assert ours["parameters"] == fact["parameters"]
    results = ours["returns"].split(" | ") if method in MAY_STREAM else [ours["returns"]]
    assert fact["returns"] in results


@pytest.mark.parametrize(("owner", "method", "fact"), LOW_LEVEL)
def test_a_method_is_awaited_where_the_sdks_is(owner: str, method: str, fact: dict[str, Any]) -> None:
    assert inspect.iscoroutinefunction(getattr(_api_class(owner), method)) == fact["is_coroutine"]


@pytest.mark.parametrize("owner", SDK["low_level"])
def test_there_are_no_methods_beyond_the_sdks_but_closing(owner: str) -> None:
    ours = {name for name, _ in inspect.getmembers(_api_class(owner), inspect.isroutine) if not name.startswith("_")}

    assert ours == SDK["low_level"][owner]["methods"].keys() | LIFE_CYCLE[owner]


# ---- constructors ----------------------------------------------------------------------------------------------------

CONSTRUCTORS = [
    pytest.param(owner, facts["constructor"], id=owner)
    for group in ("low_level", "clients")
    for owner, facts in SDK[group].items()
]


@pytest.mark.parametrize(("owner", "fact"), CONSTRUCTORS)
def test_a_constructor_takes_what_the_sdks_takes_and_needs_nothing(owner: str, fact: dict[str, Any]) -> None:
    module = "julep_local.api.client" if owner.endswith("Api") else "julep_local.client"
    ours = inspect.signature(getattr(importlib.import_module(module), owner)).parameters
    sdk_names = {parameter["name"] for parameter in fact["parameters"] if not parameter["kind"].startswith("VAR_")}

    assert sdk_names | CONSTRUCTOR_EXTRAS <= ours.keys()
    assert not [name for name, parameter in ours.items() if parameter.default is parameter.empty]


# ---- Client, AsyncClient ---------------------------------------------------------------------------------------------

MANAGERS = [
    pytest.param(owner, manager, method, fact, id=f"{owner}.{manager}.{method}")
    for owner, facts in SDK["clients"].items()
    for manager, manager_facts in facts["managers"].items()
    for method, fact in manager_facts["methods"].items()
]


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, Any]]:
    module = importlib.import_module("julep_local.client")
    made = {name: getattr(module, name)(path=":memory:") for name in SDK["clients"]}
    yield made
    made["Client"].close()
    asyncio.run(made["AsyncClient"].aclose())


def _means_nothing(default: str) -> bool:
    """Return whether a default says that nothing was given; `{}` and `[]` as defaults are shared by all calls."""
    return default in ("OMIT", "NotSet", "None", "{}", "[]", "()", "''", "mappingproxy")


@pytest.mark.parametrize(("owner", "manager", "method", "fact"), MANAGERS)
def test_a_manager_takes_what_the_sdks_takes(
    clients: dict[str, Any], owner: str, manager: str, method: str, fact: dict[str, Any]
) -> None:
    ours = {
        parameter["name"]: parameter
        for parameter in snapshot.signature(getattr(type(getattr(clients[owner], manager)), method))["parameters"]
    }

    for theirs in fact["parameters"]:
        own = ours[theirs["name"]]
        assert own["kind"] == theirs["kind"], theirs["name"]
        if (manager, method, theirs["name"]) in MANAGER_OPTIONAL:
            assert own["default"] != "required"
            continue
        assert (own["default"] == "required") == (theirs["default"] == "required"), theirs["name"]
        assert own["default"] == theirs["default"] or (
            _means_nothing(own["default"]) and _means_nothing(theirs["default"])
        ), theirs["name"]


@pytest.mark.parametrize(("owner", "manager", "method", "fact"), MANAGERS)
def test_a_managers_further_parameters_are_optional_keywords(
    clients: dict[str, Any], owner: str, manager: str, method: str, fact: dict[str, Any]
) -> None:
    ours = snapshot.signature(getattr(type(getattr(clients[owner], manager)), method))["parameters"]
    sdk_names = {parameter["name"] for parameter in fact["parameters"]}

    further = [parameter for parameter in ours if parameter["name"] not in sdk_names]

    assert all(parameter["kind"] == "KEYWORD_ONLY" for parameter in further)
    assert not [parameter["name"] for parameter in further if parameter["default"] == "required"]
    assert MANAGER_EXTRAS.get((manager, method), set()) - sdk_names <= {parameter["name"] for parameter in further}


@pytest.mark.parametrize(("owner", "manager", "method", "fact"), MANAGERS)
def test_a_manager_returns_what_the_sdks_returns(
    clients: dict[str, Any], owner: str, manager: str, method: str, fact: dict[str, Any]
) -> None:
    ours = snapshot.signature(getattr(type(getattr(clients[owner], manager)), method))
    expected = MANAGER_RETURNS.get((owner, manager, method), fact["returns"])

    if expected == "not said":
        expected = "None"  # the deletes that the SDK left without an annotation
    results = ours["returns"].split(" | ") if method in MAY_STREAM else [ours["returns"]]
    assert expected in results


@pytest.mark.parametrize(("owner", "manager", "method", "fact"), MANAGERS)
def test_a_managers_method_is_awaited_where_the_sdks_is(
    clients: dict[str, Any], owner: str, manager: str, method: str, fact: dict[str, Any]
) -> None:
    ours = getattr(type(getattr(clients[owner], manager)), method)

    assert inspect.iscoroutinefunction(ours) == fact["is_coroutine"]


@pytest.mark.parametrize("owner", SDK["clients"])
def test_a_client_has_the_attributes_of_the_sdks(clients: dict[str, Any], owner: str) -> None:
    assert not [name for name in SDK["clients"][owner]["attributes"] if not hasattr(clients[owner], name)]
