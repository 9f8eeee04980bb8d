"""Only type-checked, never run: a model behind a server is a chat model."""

from julep_local import Client
from julep_local.llm.base import ChatModel
from julep_local.llm.remote import RemoteChatModel


def chat_model() -> ChatModel:
    return RemoteChatModel("http://127.0.0.1:8000/v1", "model", api_key="key", context_tokens=8192, timeout_s=60)


def client() -> Client:
    return Client(path=":memory:", model=chat_model())
