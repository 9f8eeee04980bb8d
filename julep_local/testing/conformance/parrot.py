"""The model behind the cases: it does what the last message says, and can show what it was shown.

say WORDS             answers with the words
call NAME ARGUMENTS   asks for a tool
show prompt           answers with the messages of the prompt, one a line: role, name, content
show settings         answers with the sampling settings, as JSON
show tools            answers with the tools on offer and the tool choice, as JSON
anything else         answers `ok`
"""

import dataclasses
import json

from julep_local.llm.base import Prompt, Sampling, ToolCall
from julep_local.testing.scripted import ScriptedModel


class Parrot(ScriptedModel):
    """A chat model that does what the last message says."""

    def __init__(self) -> None:
        super().__init__(self._reply, background="Ask about the sea.", name="parrot", context_tokens=8192)

    def _reply(self, prompt: Prompt) -> str | ToolCall:
        said = prompt.messages[-1].content if prompt.messages else ""
        verb, _, rest = said.partition(" ")
        if verb == "say":
            return rest
        if verb == "call":
            name, _, arguments = rest.partition(" ")
            return ToolCall(name, arguments or "{}")
        if said == "show prompt":
            return "\n".join(f"{each.role}|{each.name or ''}|{each.content}" for each in prompt.messages)
        if said == "show settings":
            return json.dumps(_settings(self.samplings[-1]))
        if said == "show tools":
            return json.dumps({"tools": [tool.name for tool in prompt.tools], "choice": prompt.tool_choice})
        return "ok"


def _settings(sampling: Sampling) -> dict[str, object]:
    """Return the settings as JSON values, floats without a tail of digits."""
    values = dataclasses.asdict(sampling)
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in values.items()}
