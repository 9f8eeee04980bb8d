"""What does it cost to hold an answer to a form while it is generated?

Before each token a grammar says which ones may come. That must be cheap beside what the model takes, or nobody would
ask for JSON that is always valid.

Timed: the tokens per second behind the first one, of answers of equal length with a JSON schema, with a pattern and
without a form, at temperature 0.7, by `LlamaCppModel.generate`.

    python -m benchmarks.constrained
"""

import os
import time
from dataclasses import replace

from benchmarks._measure import Cost, alternate, conclude, print_costs, ratio, walls
from julep_local.llm import catalog
from julep_local.llm.base import Constraint, Delta, Finish, PromptMessage, Sampling
from julep_local.llm.llama import LlamaCppModel

ROUNDS = 12
TOKENS = 96
TARGET = 1 / 0.95
SCHEMA = {
    "type": "object",
    "properties": {
        "ships": {
            "type": "array",
            "minItems": 40,
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "masts": {"type": "integer"}, "sails": {"type": "boolean"}},
                "required": ["name", "masts", "sails"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["ships"],
}
PATTERN = r"([A-Z][a-z]+ sails at [0-2][0-9]:[0-5][0-9]\. ){40}"


def main() -> None:
    name, path = catalog.find_chat_model()
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    model = LlamaCppModel(path, threads=threads)
    prompt = model.prompt([PromptMessage("user", "List the ships of the harbour, as many as you can.", part="input")])
    # no form ends the answer before its time: 0 and 2 are SmolLM2's tokens for the end
    usual = Sampling(temperature=0.7, max_tokens=TOKENS, logit_bias={0: -100.0, 2: -100.0})
    forms = {
        "json schema": Constraint("json_schema", schema=SCHEMA),
        "pattern": Constraint("regex", pattern=PATTERN),
        "no form": None,
    }

    def written(form: Constraint | None) -> Cost:
        begun = cpu = None
        for piece in model.generate(prompt, replace(usual, constraint=form)):
            if isinstance(piece, Delta) and begun is None:
                begun, cpu = time.perf_counter(), time.process_time()
        assert isinstance(piece, Finish)
        assert begun is not None
        assert cpu is not None
        n = piece.completion_tokens - 1
        assert n == TOKENS - 1, "the answer ended early"
        return Cost((time.perf_counter() - begun) / n, (time.process_time() - cpu) / n)

    took = alternate({key: lambda form=form: written(form) for key, form in forms.items()}, rounds=ROUNDS, warm_ups=2)
    model.close()
    print_costs(f"a token, of answers of {TOKENS}", took, unit="ms")
    free = walls(took["no form"])
    conclude(
        "constrained",
        {key: ratio(walls(took[key]), free) for key in forms if key != "no form"},
        unit="ratio",
        target=round(TARGET, 4),
        rounds=ROUNDS,
        packages=["llama-cpp-python", "llguidance"],
        model=f"{name}, {threads} threads",
    )


if __name__ == "__main__":
    main()
