"""What a turn searches with is what was said, not who said it."""

from julep_local.recall.query import query_text
from julep_local.types import InputChatMlMessage


def test_the_query_is_the_text_of_the_new_messages_without_names() -> None:
    messages = [
        InputChatMlMessage.parse_obj(message)
        for message in (
            {"role": "user", "name": "Ada", "content": " Where is my dog? "},
            {"role": "user", "content": ""},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "And"},
                    {"type": "image_url", "image_url": {"url": "data:,"}},
                    {"type": "text", "text": "my cat?"},
                ],
            },
            {"role": "assistant", "content": None, "continue": True},
        )
    ]

    assert query_text(messages) == "Where is my dog?\nAnd\nmy cat?"
