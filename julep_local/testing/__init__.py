"""For tests of programs that use this library: no network, no model files, no waiting."""

from julep_local.llm.base import ToolCall
from julep_local.testing.deterministic import Deterministic
from julep_local.testing.embedder import HashEmbedder
from julep_local.testing.scripted import ScriptedModel, UnexpectedModelCall

__all__ = ["Deterministic", "HashEmbedder", "ScriptedModel", "ToolCall", "UnexpectedModelCall"]
