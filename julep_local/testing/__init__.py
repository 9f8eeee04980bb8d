"""For tests of programs that use this library: no network, no model files, no waiting."""

from julep_local.llm.base import ToolCall
from julep_local.testing.embedder import HashEmbedder
from julep_local.testing.scripted import ScriptedModel, UnexpectedModelCall

__all__ = ["HashEmbedder", "ScriptedModel", "ToolCall", "UnexpectedModelCall"]
