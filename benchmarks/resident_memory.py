"""How much memory does the library use beyond the two models?

A laptop has to hold the models once. Buffers, copies of the KV cache and a second set of weights would show here.

Measured: the resident memory of a fresh process that made a doc, so embedded it, and chatted once through the library;
beside it a process that loads the same GGUF file with `llama_cpp.Llama` and the same folder with `SentenceTransformer`,
encodes one text and generates one answer. Context window, batch, threads and flash attention are the same.

    python -m benchmarks resident_memory
"""

from benchmarks._measure import alternate, conclude, in_fresh_process, median, p95, ratio
from julep_local.llm import catalog
from julep_local.settings import MOST_CONTEXT_TOKENS

ROUNDS = 5
TARGET = 1.05

RESIDENT = """
    import json
    import resource
    import sys

    def resident_mb():
        if sys.platform == "darwin":  # the most so far, in bytes: macOS tells the present size to no plain call
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:")) / 1e6

    gguf, folder = sys.argv[1:3]
    DOC = "High tide in the harbour is at ten in the morning and half past ten at night."
    QUESTION = "When is high tide?"
"""

OURS = """
    from julep_local import Client

    client = Client(path=":memory:", model=gguf, embedder=folder)
    agent = client.agents.create(name="Ada", about="a tutor", docs=[{"title": "Tides", "content": DOC}])
    client.jobs.wait(job.id for job in client.jobs.list())
    session = client.sessions.create(agent_id=agent.id)
    response = client.sessions.chat(
        session_id=session.id,
        messages=[{"role": "user", "content": QUESTION}],
        temperature=0,
        max_tokens=64,
        remember=False,
    )
    assert response.usage.completion_tokens and response.doc_ids.agent_doc_ids
    print(json.dumps(resident_mb()))
    client.close()
"""

BY_HAND = """
    import os

    from llama_cpp import Llama
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    embedder = SentenceTransformer(
        folder, device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
    )
    vector = embedder.encode([f"Tides\\n\\n{DOC}"], show_progress_bar=False)
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    llama = Llama(
        gguf,
        n_ctx=int(sys.argv[3]),
        n_batch=512,
        n_ubatch=512,
        n_threads=threads,
        n_threads_batch=threads,
        flash_attn=False,
        verbose=False,
    )
    messages = [
        {"role": "system", "content": f"Your name is Ada.\\n\\nAbout you:\\na tutor\\n\\n{DOC}"},
        {"role": "user", "content": QUESTION},
    ]
    answer = llama.create_chat_completion(messages, temperature=0, max_tokens=64)
    assert answer["usage"]["completion_tokens"]
    print(json.dumps(resident_mb()))
    llama.close()
"""


def main() -> None:
    chat_model, gguf = catalog.find_chat_model()
    embedding_model, folder = catalog.find_embedding_folder()
    arguments = (gguf, folder, MOST_CONTEXT_TOKENS)
    variants = {
        name: lambda code=code: float(in_fresh_process(RESIDENT + code, *arguments))
        for name, code in {"julep_local": OURS, "by hand": BY_HAND}.items()
    }
    megabytes = alternate(variants, rounds=ROUNDS)
    print(f"{'resident memory, ' + chat_model + ' and ' + embedding_model:64}{'median':>10}{'p95':>10}  unit")
    for name, each in megabytes.items():
        print(f"{name:64}{median(each):10.1f}{p95(each):10.1f}  MB")
    conclude(
        "resident memory",
        {"both models": ratio(*megabytes.values())},
        unit="ratio",
        target=TARGET,
        rounds=ROUNDS,
        packages=["llama-cpp-python", "sentence-transformers", "torch"],
        megabytes={name: round(median(each), 1) for name, each in megabytes.items()},
    )


if __name__ == "__main__":
    main()
