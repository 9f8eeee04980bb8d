"""For tests of programs that use this library: no network, no model files, no waiting. docs/testing.md shows how."""

from julep_local.llm.base import ToolCall
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

__all__ = [
    "FAULTS",
    "HANG",
    "Answer",
    "Deterministic",
    "FaultyModel",
    "FormatViolation",
    "HashEmbedder",
    "Pause",
    "PromptMismatch",
    "ScriptError",
    "ScriptedModel",
    "Step",
    "ToolCall",
    "UnexpectedModelCall",
    "UnusedReplies",
    "fault",
    "stream",
]
