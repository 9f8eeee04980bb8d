"""A model behind an OpenAI-compatible server, as a `ChatModel`: vLLM, llama-server, llama-cpp-python's server, Ollama.

model.py      the `ChatModel` itself; the rest are its parts, each knowing nothing of the ones above it
server.py     what kind of server it is, what it can do, how it counts tokens
request.py    prompt and settings -> what is sent
answer.py     what comes back -> text, tool calls and an ending
refusal.py    what the server refuses -> an error with a sentence
estimate.py   how many tokens a text may have, where nobody counts
wire.py       HTTP, and nothing else knows it
"""

from julep_local.llm.remote.model import RemoteChatModel

__all__ = ["RemoteChatModel"]
