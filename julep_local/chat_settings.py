"""The settings of a chat: what may be set, in which range, and whose value wins.

An explicit value of the request wins over the request's preset, that over the agent's setting, that over the agent's
preset, that over the library's default. Not given and None both mean "inherit". It knows no model and no database.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from julep_local import check
from julep_local.errors import InvalidInput
from julep_local.llm.presets import PRESETS
from julep_local.types import AgentDefaultSettings, AgentDefaultSettingsPreset, ChatSettingsResponseFormat

if TYPE_CHECKING:
    from julep_local.llm.base import Constraint, Sampling


@dataclass(frozen=True)
class Range:
    """Which numbers are accepted in a chat, and up to where as an agent's default."""

    low: float
    high: float
    default: float
    above_low: bool = False
    below_high: bool = False
    agent_high: float | None = None
    agent_low_counts: bool = False
    """As an agent's default `low` itself is accepted, even if a chat does not take it."""


RANGES: Mapping[str, Range] = {
    "temperature": Range(0, 2, 0.75, agent_high=3),
    "top_p": Range(0, 1, 1, above_low=True, agent_low_counts=True),
    "min_p": Range(0, 1, 0.01, below_high=True),
    # the old documentation said -2 to 2, the old server enforced -1 to 1: the promise holds
    "frequency_penalty": Range(-2, 2, 0),
    "presence_penalty": Range(-2, 2, 0),
    "repetition_penalty": Range(0, 2, 1, above_low=True),  # it divides by this
    "length_penalty": Range(0, 2, 1),
}
DEFAULT_MAX_TOKENS = 200
MOST_MAX_TOKENS = 1_000_000
PRESET_NAMES = tuple(preset.value for preset in AgentDefaultSettingsPreset)

Settings = dict[str, Any]
"""Settings that were set, by name. None of them is None."""


def agent_settings(given: Any) -> Settings:
    """Return an agent's default settings, those that were set.

    Raises:
        InvalidInput: one is out of range.
    """
    if not check.given(given):
        return {}
    if isinstance(given, Mapping):  # as they were written: pydantic takes True for 1.0 and "0.5" for 0.5
        values = {name: value for name, value in given.items() if name in _AGENT_NAMES and value is not None}
    else:
        values = own(check.record(AgentDefaultSettings, given, "default_settings"))
    return _checked(values, "default_settings.", for_agent=True)


def removed_settings(given: Any) -> set[str]:
    """Return the names of those settings that a patch gives as None: they inherit again."""
    if isinstance(given, Mapping):
        return {name for name, value in given.items() if value is None}
    if isinstance(given, AgentDefaultSettings):
        return {name for name in given.model_fields_set if getattr(given, name) is None}
    return set()


def request_settings(given: Mapping[str, Any]) -> Settings:
    """Return the settings of a chat request, those that were set.

    Raises:
        InvalidInput: one is out of range or of the wrong kind.
    """
    values = {name: value for name, value in given.items() if check.given(value)}
    settings = _checked(
        {k: v for k, v in values.items() if k in RANGES or k in ("preset", "max_tokens")}, "", for_agent=False
    )
    if "seed" in values:
        settings["seed"] = whole(values["seed"], "seed", -1, 2**32 - 1)
    if "top_k" in values:  # -1 is what vLLM calls "all"
        settings["top_k"] = max(whole(values["top_k"], "top_k", -1, 2**31 - 1), 0)
    if "logit_bias" in values:
        settings["logit_bias"] = _logit_bias(values["logit_bias"])
    if "stop" in values:
        settings["stop"] = _stop(values["stop"])
    if "response_format" in values:
        settings["constraint"] = _constraint(values["response_format"])
    return settings


def sampling(request: Settings, agent: Settings, *, seed: int | None = None) -> "Sampling":
    """Return how to draw tokens, each setting from whoever has the first say; `seed` is that of who names none."""
    merged: Settings = {"max_tokens": DEFAULT_MAX_TOKENS, **_DEFAULTS, "seed": seed}
    for source in (agent, request):
        merged |= PRESETS.get(source.get("preset", ""), {})
        merged |= {name: value for name, value in source.items() if name != "preset"}
    if merged.get("seed") == -1:
        merged["seed"] = seed
    from julep_local.llm.base import Sampling

    return Sampling(**merged)


def effective(agent: Settings) -> AgentDefaultSettings:
    """Return an agent's settings as a chat without settings of its own would use them."""
    # the type leaves out what of a preset only a chat can have: top_k and seed
    return AgentDefaultSettings(**{**_DEFAULTS, **PRESETS.get(agent.get("preset", ""), {}), **agent})


@functools.lru_cache(maxsize=1024)
def shown(settings: AgentDefaultSettings | None) -> AgentDefaultSettings:
    """Return an agent's own settings as its chats use them; most agents have the same ones, and types cannot change."""
    return effective(own(settings))


def own(settings: AgentDefaultSettings | None) -> Settings:
    """Return those settings of an agent that were set."""
    if settings is None:
        return {}
    return {name: getattr(value, "value", value) for name, value in settings if value is not None}


_DEFAULTS: Settings = {name: each.default for name, each in RANGES.items()}
_AGENT_NAMES = (*RANGES, "preset", "max_tokens")
_TOKEN_ID = re.compile("[0-9]{1,9}")


def _checked(values: Mapping[str, Any], prefix: str, *, for_agent: bool) -> Settings:
    settings: Settings = {}
    for name, value in values.items():
        if name in RANGES:
            settings[name] = _in_range(RANGES[name], value, prefix + name, for_agent)
        elif name == "max_tokens":
            settings[name] = whole(value, prefix + name, 1, MOST_MAX_TOKENS)
        elif name == "preset":
            settings[name] = check.choice(value, PRESET_NAMES, prefix + name, "")
    return settings


def _in_range(allowed: Range, value: Any, field: str, for_agent: bool) -> float:
    high = allowed.agent_high if for_agent and allowed.agent_high is not None else allowed.high
    above_low = allowed.above_low and not (for_agent and allowed.agent_low_counts)
    return check.number(value, field, allowed.low, high, above_low=above_low, below_high=allowed.below_high)


def whole(value: Any, field: str, low: int, high: int) -> int:
    """Return a whole number within its range.

    Raises:
        InvalidInput: it is none, or outside.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"must be a whole number, not {type(value).__name__}", field=field)
    return int(check.number(value, field, low, high))


def _logit_bias(value: Any) -> dict[int, float]:
    if not isinstance(value, Mapping):
        raise InvalidInput("must be an object of token ids and numbers", field="logit_bias")
    bias: dict[int, float] = {}
    for token, amount in value.items():
        if not _TOKEN_ID.fullmatch(str(token)):
            raise InvalidInput(f"{token!r:.60} is not a token id", field="logit_bias")
        if amount is not None:
            bias[int(token)] = check.number(amount, f"logit_bias.{token}", -100, 100)
    return bias


def _stop(value: Any) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list | tuple) or len(stops) > 4:
        raise InvalidInput("must be a string or a list of at most 4 strings", field="stop")
    for i, each in enumerate(stops):
        if not check.text(each, f"stop[{i}]"):
            raise InvalidInput("is empty: the answer would end before it begins", field=f"stop[{i}]")
    return tuple(stops)


def _constraint(value: Any) -> "Constraint | None":
    from julep_local.llm.base import Constraint

    wanted = check.record(ChatSettingsResponseFormat, value, "response_format")
    kind = wanted.type.value if wanted.type is not None else "text"
    if kind == "regex":
        if not wanted.pattern:
            raise InvalidInput("a response_format of type regex needs a pattern", field="response_format.pattern")
        return Constraint("regex", pattern=check.text(wanted.pattern, "response_format.pattern"))
    if kind == "json_object":
        schema = check.metadata(wanted.schema_, "response_format.schema")
        return Constraint("json_schema", schema=schema or {"type": "object"})
    return None
