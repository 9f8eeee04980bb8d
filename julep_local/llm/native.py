"""llama.cpp through its C interface, as a few plain methods. Besides optimize.py, nobody else imports `llama_cpp`.

One model with one context. The high-level `Llama` class is not used: it takes text of users for control tokens, drops
long tokens, cannot be cancelled and hands out wrong answers to two readers. Nothing here is thread-safe except
`tokens`, `piece` and `abort`: whoever holds a `Native` sees to that. It knows nothing of messages or sampling.

What llama.cpp guarantees, measured to the last bit with weights in Q4_1, Q8_0 and Q4_K: without flash attention, what
a token read in a batch of two or more leaves in the KV cache, and the logits behind it, are the same however the
tokens before it were cut into batches, and after the KV cache was copied out and back. A token read alone, as those are
that were just drawn, differs in rounding (up to 0.6 of a logit, seldom another word). So flash attention is off: it
would save a tenth of the time of a short prompt, and every other batch would give another text.
"""

import ctypes
import logging
import os
import sys
import threading
import types
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from julep_local.errors import ModelBroken, ModelError
from julep_local.settings import REAL_MODEL, sleep_soon

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Logits = npt.NDArray[np.float32]
    Blob = npt.NDArray[np.uint8]

N_BATCH, N_BATCH_GPU = 128, 512
"""Tokens read in one go; more abort inside llama.cpp. A processor reads 512 no faster, and what is computed of them
takes 36 MB more with SmolLM2 and a context of 2048 tokens. A graphics card is only busy with many."""
_CONTEXT_STEP = 256  # llama.cpp rounds a context up to this
_LIVE, _ASIDE = 0, 1  # sequences of the context: the one that is read and answered, and one for copies
_ABORTED = 2  # what `llama_decode` returns after the abort flag was seen

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # else warnings go to stderr where a program sets up no logging


class Aborted(Exception):
    """`abort()` stopped a decode, or loading was given up."""


class Native:
    """A loaded model. `close` frees it; nothing may be called afterwards.

    Args:
        path: a GGUF file.
        most_context_tokens: the context gets this many tokens, or what the model was trained on, whichever is less.
        threads: for reading prompts and for decoding.
        keep_loading: asked many times while the weights load, and told which share has; false gives up with `Aborted`.

    Raises:
        ModelBroken: llama.cpp cannot load the file; the message has its reason.
        ModelError: llama.cpp is not installed, or memory does not suffice for the context.
    """

    def __init__(
        self,
        path: Path,
        *,
        most_context_tokens: int,
        threads: int,
        keep_loading: Callable[[float], bool] = lambda _: True,
    ) -> None:
        sys.audit(REAL_MODEL, path.name)
        self._lib = _library()
        with _complaints() as complaints:
            self._model = self._load_weights(path, keep_loading, complaints)
        self._vocab = self._lib.llama_model_get_vocab(self._model)
        self.trained_tokens = int(self._lib.llama_model_n_ctx_train(self._model))
        self.n_vocab = int(self._lib.llama_vocab_n_tokens(self._vocab))
        self.n_window = int(self._lib.llama_model_n_swa(self._model))
        """Tokens a sliding-window layer sees; 0 for models without such layers."""
        recurs = self._lib.llama_model_is_recurrent(self._model) or self._lib.llama_model_is_hybrid(self._model)
        self.cuts_anywhere = self.n_window == 0 and not recurs
        """Whether the KV cache can be cut behind any token, and copied out in stretches."""
        self._context = None
        with _complaints() as complaints:
            self._context = self._make_context(most_context_tokens, threads, complaints)
        self.context_tokens = int(self._lib.llama_n_ctx(self._context))
        self.n_batch = int(self._lib.llama_n_batch(self._context))
        self._memory = self._lib.llama_get_memory(self._context)
        self._batch = self._lib.llama_batch_init(self.n_batch, 0, 1)
        for i in range(self.n_batch):
            self._batch.n_seq_id[i] = 1
            self._batch.seq_id[i][0] = 0
        self._set_abort_flag()
        self._pieces: dict[int, bytes] = {}
        self._seen_logits: tuple[int, Logits] | None = None

    # -- loading

    def _load_weights(self, path: Path, keep_loading: Callable[[float], bool], complaints: list[str]) -> Any:
        lib = self._lib
        given_up = False

        def goes_on(share: float, _data: object) -> bool:
            nonlocal given_up
            given_up = given_up or not keep_loading(share)
            return not given_up

        progress = lib.llama_progress_callback(goes_on)
        params = lib.llama_model_default_params()
        params.load_mode = lib.LLAMA_LOAD_MODE_MMAP
        params.progress_callback = progress
        model = lib.llama_model_load_from_file(os.fsencode(path), params)
        if given_up:
            if model:
                lib.llama_model_free(model)
            raise Aborted
        if not model:
            reason = _first_reason(complaints) or "llama.cpp gives no reason"
            raise ModelBroken(f"{path}: not a model that llama.cpp can load: {reason}. Copy or install the file again.")
        return model

    def _make_context(self, most_tokens: int, threads: int, complaints: list[str]) -> Any:
        lib = self._lib
        params = lib.llama_context_default_params()
        tokens = min(most_tokens, self.trained_tokens)
        params.n_ctx = -(-tokens // _CONTEXT_STEP) * _CONTEXT_STEP
        params.n_batch = min(N_BATCH_GPU if lib.llama_supports_gpu_offload() else N_BATCH, params.n_ctx)
        params.n_ubatch = params.n_batch
        # the second sequence is where stretches are copied out and in: sequences share cells, so it costs nothing
        params.n_seq_max = 2 if self.cuts_anywhere else 1
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.no_perf = True
        context = lib.llama_init_from_model(self._model, params)
        if not context:
            self.close()
            reason = _first_reason(complaints) or "llama.cpp gives no reason"
            raise ModelError(
                f"a context window of {params.n_ctx} tokens cannot be set up: {reason}; "
                "ask for fewer with JULEP_LOCAL_CONTEXT_TOKENS"
            )
        return context

    def _set_abort_flag(self) -> None:
        # ggml asks a function some 500 times per token. A Python one would need the GIL each time, up to 5 ms behind a
        # busy thread. C's own `strlen` needs none: over an empty string it answers 0, over one of one byte 1, "abort"
        self._flag = ctypes.create_string_buffer(2)
        strlen = (ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)).strlen
        self._asks = ctypes.cast(strlen, self._lib.ggml_abort_callback)
        self._lib.llama_set_abort_callback(self._context, self._asks, ctypes.cast(self._flag, ctypes.c_void_p))

    def close(self) -> None:
        """Free everything, the context before the model it reads."""
        lib = self._lib
        if self._context is not None:
            lib.llama_batch_free(self._batch)
            lib.llama_free(self._context)
            self._context = None
        if self._model is not None:
            lib.llama_model_free(self._model)
            self._model = None

    # -- the vocabulary

    @property
    def chat_template(self) -> str | None:
        """The jinja text in the model file."""
        text = self._lib.llama_model_chat_template(self._model, None)
        return text.decode("utf-8", "replace") if text else None

    @property
    def begins_with_bos(self) -> bool:
        """Whether every prompt has to begin with the token `bos`."""
        return bool(self._lib.llama_vocab_get_add_bos(self._vocab))

    @property
    def bos(self) -> int:
        """The token that begins a text, -1 if there is none."""
        return int(self._lib.llama_vocab_bos(self._vocab))

    @property
    def eos(self) -> int:
        """The token that ends a text, -1 if there is none. An answer may end with others: see `ends`."""
        return int(self._lib.llama_vocab_eos(self._vocab))

    @cached_property
    def endings(self) -> tuple[int, ...]:
        """All tokens that end an answer."""
        return tuple(token for token in range(self.n_vocab) if self.ends(token))

    def ends(self, token: int) -> bool:
        """Whether the token ends an answer."""
        return bool(self._lib.llama_vocab_is_eog(self._vocab, token))

    def is_control(self, token: int) -> bool:
        """Whether the token is a control token, which has no text."""
        return bool(self._lib.llama_vocab_is_control(self._vocab, token))

    def tokens(self, text: str, *, special: bool) -> list[int]:
        """Return the text's tokens. With `special`, names of control tokens stand for these; else they are text."""
        if not self._adds_space:
            return self._tokens(text, special)
        # such a vocabulary puts a space before everything it is given, which is wrong in the middle of a prompt
        guard = self._tokens("\n", special)
        guarded = self._tokens("\n" + text, special)
        return guarded[len(guard) :] if guarded[: len(guard)] == guard else self._tokens(text, special)

    def _tokens(self, text: str, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            found = (ctypes.c_int32 * room)()
            n = self._lib.llama_tokenize(self._vocab, data, len(data), found, room, False, special)
            if n >= 0:
                return found[:n]
            if -n <= room:
                raise ModelError(f"llama.cpp cannot cut a text of {len(data):,} bytes into tokens: shorten it")
            room = -n

    @cached_property
    def _adds_space(self) -> bool:
        return self._metadata("tokenizer.ggml.model") == "llama" and (
            self._metadata("tokenizer.ggml.add_space_prefix") or "true"
        ).startswith("t")

    def _metadata(self, key: str) -> str:
        value = ctypes.create_string_buffer(256)
        found = self._lib.llama_model_meta_val_str(self._model, key.encode(), value, len(value))
        return value.value.decode("utf-8", "replace") if found >= 0 else ""

    def piece(self, token: int) -> bytes:
        """Return the token's text, which may begin or end inside a character. Control tokens have none."""
        piece = self._pieces.get(token)
        if piece is None:
            piece = self._pieces[token] = self._piece(token, special=False)
        return piece

    def name(self, token: int) -> str:
        """Return the token's text, or its name if it is a control token; nothing for -1."""
        return self._piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    def _piece(self, token: int, *, special: bool) -> bytes:
        room = 64
        while True:
            text = ctypes.create_string_buffer(room)
            n = self._lib.llama_token_to_piece(self._vocab, token, text, room, 0, special)
            if n >= 0:
                return text.raw[:n]
            room = -n

    @cached_property
    def closing_ranks(self) -> "npt.NDArray[np.intp]":
        """How soon each token brings JSON to its end, the lowest first: quotes and brackets, then what is short."""
        import numpy as np

        return np.array([_closing_rank(self.piece(token)) for token in range(self.n_vocab)], np.intp)

    @cached_property
    def grammar_tokenizer(self) -> Any:
        """This vocabulary for llguidance. Costs 0.3 to 2 seconds."""
        import llguidance

        # llguidance's own function for this calls what llama.cpp has deprecated, with a warning for every token
        tokenizer: Any = llguidance.LLTokenizer
        return tokenizer.from_llamacpp(
            tokens=[self._as_grammar_token(token) for token in range(self.n_vocab)],
            vocab_ptr=self._vocab,
            tokenize_fptr=ctypes.cast(self._lib.llama_tokenize, ctypes.c_void_p).value,
            eos_token=list(self.endings),
            slices=None,
        )

    def _as_grammar_token(self, token: int) -> bytes:
        # a byte that is never text marks control tokens: no grammar can ask for their names as text
        return (b"\xff" if self.is_control(token) else b"") + self._piece(token, special=True)

    # -- reading and the KV cache

    def decode(self, tokens: Sequence[int], position: int) -> "Logits":
        """Read at most `n_batch` tokens that stand at this position, and return the logits behind the last one.

        Returns:
            (n_vocab,), float32: llama.cpp's own memory, true until the next call. Not to be written to.

        Raises:
            Aborted: `abort` was called.
            ModelError: llama.cpp failed.

        After an error some of the tokens may have been read: `cut` them off.
        """
        batch = self._batch
        n = len(tokens)
        batch.n_tokens = n
        for i in range(n):
            batch.token[i] = tokens[i]
            batch.pos[i] = position + i
            batch.logits[i] = 0
        batch.logits[n - 1] = 1
        status = self._lib.llama_decode(self._context, batch)
        if status == 0:
            return self._logits()
        if status == _ABORTED:
            raise Aborted
        raise ModelError(f"llama.cpp failed to read {n} tokens at position {position} (llama_decode: {status})")

    def _logits(self) -> "Logits":
        import numpy as np

        pointer = self._lib.llama_get_logits_ith(self._context, -1)
        if not pointer:
            raise ModelError("llama.cpp returned no logits")
        address = ctypes.addressof(pointer.contents)
        if self._seen_logits is None or self._seen_logits[0] != address:  # a view costs as much as a draw
            self._seen_logits = (address, np.ctypeslib.as_array(pointer, (self.n_vocab,)))
        return self._seen_logits[1]

    def cut(self, position: int) -> bool:
        """Forget what stands at this position and behind it; False if everything had to be forgotten."""
        if position > 0 and self.can_cut(position):
            if self._lib.llama_memory_seq_rm(self._memory, _LIVE, position, -1):
                return True
        self._lib.llama_memory_clear(self._memory, True)
        return position == 0

    def can_cut(self, position: int) -> bool:
        """Whether what stands before this position is still whole once the rest is forgotten."""
        # layers with a sliding window may have dropped what stands before the cut. llama.cpp cuts all the same, and the
        # next logits are wrong
        return self.cuts_anywhere or (self.n_window > 0 and self.earliest <= max(0, position - self.n_window))

    @property
    def earliest(self) -> int:
        """The earliest position of which every layer still holds something; -1 if the KV cache is empty."""
        return int(self._lib.llama_memory_seq_pos_min(self._memory, _LIVE))

    def copy_out(self, begin: int, end: int) -> "Blob":
        """Return a copy of the KV cache from `begin` to before `end`.

        A model that does not cut anywhere gives all of it.

        Returns:
            (n_bytes,), uint8. With SmolLM2 23 kB for each token, 1.4 ms for 1,000 tokens; as much again for memory
            that was never used before.
        """
        import numpy as np

        lib, memory = self._lib, self._memory
        sequence = _LIVE
        if self.cuts_anywhere:
            sequence = _ASIDE
            lib.llama_memory_seq_cp(memory, _LIVE, _ASIDE, begin, end)
        try:
            blob = np.empty(int(lib.llama_state_seq_get_size(self._context, sequence)), np.uint8)
            n_bytes = int(lib.llama_state_seq_get_data(self._context, _bytes_of(blob), len(blob), sequence))
        finally:
            if sequence == _ASIDE:
                lib.llama_memory_seq_rm(memory, _ASIDE, -1, -1)
        return blob[:n_bytes]

    def copy_in(self, blob: "Blob") -> bool:
        """Put a copied stretch behind what is there; the whole, of a model that does not cut anywhere.

        Returns:
            False if llama.cpp refused it: then what is there is as before, or nothing at all with such a model.
        """
        lib, memory = self._lib, self._memory
        sequence = _ASIDE if self.cuts_anywhere else _LIVE
        if lib.llama_state_seq_set_data(self._context, _bytes_of(blob), len(blob), sequence) != len(blob):
            lib.llama_memory_seq_rm(memory, sequence, -1, -1)
            return False
        if sequence == _ASIDE:
            lib.llama_memory_seq_cp(memory, _ASIDE, _LIVE, -1, -1)
            lib.llama_memory_seq_rm(memory, _ASIDE, -1, -1)
        return True

    # -- stopping

    def abort(self) -> None:
        """Stop the decode under way, and any later one until `go_on`. From any thread; takes milliseconds."""
        self._flag[0] = b"\x01"

    def go_on(self) -> None:
        """Take `abort` back."""
        self._flag[0] = b"\x00"


def engine_description() -> str:
    """Return what a copy of a KV cache depends on besides the model file."""
    lib = _library()  # first: it says how llama.cpp shall be loaded
    import llama_cpp

    return f"llama-cpp-python {llama_cpp.__version__}, state {lib.LLAMA_STATE_SEQ_VERSION}, f16, no flash attention"


def _closing_rank(piece: bytes) -> int:
    if not piece:
        return 1_000_000
    if piece.strip(b'"}]') == b"":
        return len(piece)
    return 1000 * len(piece) + (100 if piece.isdigit() else 200 if piece.isalpha() else 300)


def _bytes_of(blob: "Blob") -> Any:
    return blob.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


# -- the library itself

_loading = threading.RLock()
_complaining: list[str] | None = None
_ready: Any = None
_keep: Any = None  # llama.cpp holds only the address of the log callback
_ERROR = 4  # ggml's levels: 1 debug, 2 info, 3 warning, 4 error, 5 continues the line before


def leave_out_llama_class() -> None:
    """Have `llama_cpp` imported without its class `Llama`: a quarter of a second and 10 MB less.

    For processes in which nobody else imports it.
    """
    sys.modules.setdefault("llama_cpp.llama", types.ModuleType("llama_cpp.llama"))


def _library() -> Any:
    global _ready, _keep
    with _loading:
        if _ready is None:
            # an assertion inside ggml would otherwise start a debugger and hang for seconds
            os.environ.setdefault("GGML_NO_BACKTRACE", "1")
            sleep_soon()
            try:
                from llama_cpp import llama_cpp as lib
            except ImportError as error:
                raise ModelError(
                    f"llama-cpp-python cannot be imported ({error}): install it with pip install 'julep_local[chat]'"
                ) from error
            _keep = lib.llama_log_callback(_record)
            lib.llama_log_set(_keep, ctypes.c_void_p(None))
            lib.llama_backend_init()
            _ready = lib
        return _ready


def _record(level: int, text: bytes, _data: object) -> None:
    line = text.decode("utf-8", "replace").strip()
    if line and level == _ERROR and _complaining is not None:
        _complaining.append(line)
    # never above debug: what matters becomes an exception, and a cancelled answer is an error to llama.cpp
    if line and _log.isEnabledFor(logging.DEBUG):
        _log.debug("%s", line)


@contextmanager
def _complaints() -> Generator[list[str], None, None]:
    """Collect what llama.cpp logs as errors."""
    global _complaining
    with _loading:
        _complaining = []
        try:
            yield _complaining
        finally:
            _complaining = None


def _leave_to_parent() -> None:
    """Start anew in a process that was forked off: a thread that is not in it may have held the lock."""
    global _loading, _complaining
    _loading, _complaining = threading.RLock(), None


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_leave_to_parent)


def _first_reason(complaints: Sequence[str]) -> str:
    """Return the first error, which is the cause, without the name of the C function that reports it."""
    return complaints[0].partition(": ")[2].removeprefix("error loading model: ") if complaints else ""
