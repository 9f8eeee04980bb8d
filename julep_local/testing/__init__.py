"""For tests of programs that use this library: no network, no model files, no waiting. docs/testing.md shows how."""

from julep_local.llm.base import ToolCall
from julep_local.testing.cassette import Cassette, CassetteMiss
from julep_local.testing.deterministic import Deterministic
from julep_local.testing.embedder import HashEmbedder
from julep_local.testing.faults import FAULTS, FaultyModel, fault
from julep_local.testing.script import (
    HANG,
    Answer,
    FormatViolation,
    Pause,
    PromptMismatch,
    ScriptError,
    Step,
    UnexpectedModelCall,
    UnusedReplies,
    stream,
)
from julep_local.testing.scripted import ScriptedModel
from julep_local.testing.template import Template, fresh_async_client, fresh_client
from julep_local.testing.unit import JulepTestMixin

__all__ = [
    "FAULTS",
    "HANG",
    "Answer",
    "Cassette",
    "CassetteMiss",
    "Deterministic",
    "FaultyModel",
    "FormatViolation",
    "HashEmbedder",
    "JulepTestMixin",
    "Pause",
    "PromptMismatch",
    "ScriptError",
    "ScriptedModel",
    "Step",
    "Template",
    "ToolCall",
    "UnexpectedModelCall",
    "UnusedReplies",
    "fault",
    "fresh_async_client",
    "fresh_client",
    "stream",
]
