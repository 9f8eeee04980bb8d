"""Agents: who answers."""

from typing import Optional, Union

from julep_local.types._base import OpenRecord, Record, Timestamp
from julep_local.types._enums import Order, Preset, SortBy

AgentInstructions = Union[str, list[str]]
CreateAgentRequestInstructions = Union[str, list[str]]
UpdateAgentRequestInstructions = Union[str, list[str]]
PatchAgentRequestInstructions = Union[str, list[str]]


class AgentMetadata(OpenRecord):
    """What the caller keeps with an agent."""


class CreateAgentRequestMetadata(OpenRecord):
    """What the caller keeps with a new agent."""


class UpdateAgentRequestMetadata(OpenRecord):
    """What replaces an agent's metadata."""


class PatchAgentRequestMetadata(OpenRecord):
    """What is merged into an agent's metadata."""


class AgentDefaultSettingsPreset(Preset):
    """Sampler settings with a name."""

    PROBLEM_SOLVING = "problem_solving"
    CONVERSATIONAL = "conversational"
    FUN = "fun"
    PROSE = "prose"
    CREATIVE = "creative"
    BUSINESS = "business"
    DETERMINISTIC = "deterministic"
    CODE = "code"
    MULTILINGUAL = "multilingual"


class AgentDefaultSettings(Record):
    """How an agent's answers are sampled where the request says nothing."""

    frequency_penalty: Optional[float] = None
    length_penalty: Optional[float] = None
    presence_penalty: Optional[float] = None
    repetition_penalty: Optional[float] = None
    temperature: Optional[float] = None
    top_p: Optional[float] = None
    min_p: Optional[float] = None
    preset: Optional[AgentDefaultSettingsPreset] = None
    """Stands for the settings that are not given themselves."""
    max_tokens: Optional[int] = None
    """The longest answer; not in the SDK's type, though its published examples set it."""


class Agent(Record):
    """Who answers in a session."""

    name: str
    about: Optional[str] = None
    created_at: Optional[Timestamp] = None
    updated_at: Optional[Timestamp] = None
    id: str
    default_settings: Optional[AgentDefaultSettings] = None
    model: str
    metadata: Optional[AgentMetadata] = None
    instructions: Optional[AgentInstructions] = None
    jobs: Optional[list[str]] = None
    """Ids of the background work that creating it started; only in the manager's answer."""


class ListAgentsRequestOrder(Order):
    """In which order agents are listed."""

    ASC = "asc"
    DESC = "desc"


class ListAgentsRequestSortBy(SortBy):
    """What agents are listed by."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class ListAgentsResponse(Record):
    """A page of agents."""

    items: list[Agent]
