"""Tiny models with the control tokens of five families: a vocabulary of single bytes, one layer, weights of zeros.

llama.cpp loads them in milliseconds and cuts texts with them as it does with the large ones: names of control tokens
become these where it is asked to look for them.
"""

from pathlib import Path
from typing import Any

from tests.llm.test_gguf import write_gguf

CONTROL_TOKENS: dict[str, list[str]] = {
    "chatml": ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"]
    + ["<|object_ref_start|>", "<|box_start|>", "<|quad_start|>", "<|vision_start|>", "<|repo_name|>", "<|file_sep|>"]
    + ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"],
    "llama3": ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    + ["<|eom_id|>", "<|python_tag|>", "<|finetune_right_pad_id|>"]
    + [f"<|reserved_special_token_{i}|>" for i in range(20)],
    "mistral": ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]"]
    + ["[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[IMG]", "[PREFIX]", "[SUFFIX]"]
    + [f"<SPECIAL_{i}>" for i in range(20, 40)],
    "gemma": ["<pad>", "<eos>", "<bos>", "<mask>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>"]
    + [f"<unused{i}>" for i in range(30)],
    "phi": ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|tool|>", "<|/tool|>"]
    + ["<|tool_call|>", "<|/tool_call|>", "<|tool_response|>", "<|placeholder1|>", "<|step|>", "<|summary|>"],
}

TEMPLATES: dict[str, str] = {
    "chatml": "{% if tools %}<|im_start|>system\n{% for t in tools %}{{ t | tojson }}{% endfor %}<|im_end|>\n{% endif %}"
    + "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}<tool_call>\n"
    '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}\n</tool_call>{% endfor %}'
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    "llama3": "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' + m.content"
    " + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>{% endif %}",
    "mistral": "{{ bos_token }}{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content + eos_token }}"
    "{% else %}{{ '[INST]' + m.content + '[/INST]' }}{% endif %}{% endfor %}",
    "gemma": "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
    "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}",
    "phi": "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}",
}
_WIDTH, _HEADS, _INNER = 32, 2, 64
_NORMAL, _CONTROL = 1, 3


def tiny_model(path: Path, family: str) -> Path:
    """Write a model of this family's control tokens and chat template."""
    tokens = [*_byte_names(), *CONTROL_TOKENS[family]]
    n, n_bytes = len(tokens), len(_byte_names())
    metadata: dict[str, Any] = {
        "general.architecture": "llama",
        "llama.block_count": 1,
        "llama.context_length": 4096,
        "llama.embedding_length": _WIDTH,
        "llama.feed_forward_length": _INNER,
        "llama.attention.head_count": _HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": _WIDTH // _HEADS,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [_NORMAL] * n_bytes + [_CONTROL] * (n - n_bytes),
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.bos_token_id": n_bytes,
        "tokenizer.ggml.eos_token_id": n_bytes + 1,
        "tokenizer.chat_template": TEMPLATES[family],
    }
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (_WIDTH, n), "output_norm.weight": (_WIDTH,)}
    shapes |= {f"blk.0.{name}_norm.weight": (_WIDTH,) for name in ("attn", "ffn")}
    shapes |= {f"blk.0.attn_{name}.weight": (_WIDTH, _WIDTH) for name in ("q", "k", "v", "output")}
    shapes |= {"blk.0.ffn_gate.weight": (_WIDTH, _INNER), "blk.0.ffn_up.weight": (_WIDTH, _INNER)}
    shapes["blk.0.ffn_down.weight"] = (_INNER, _WIDTH)
    return write_gguf(path, metadata, shapes)


def _byte_names() -> list[str]:
    """Return how vocabularies of GPT-2's kind spell the 256 bytes, and `ab` for the one merge that there must be."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    named = {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}
    return [*(named[byte] for byte in range(256)), "ab"]
