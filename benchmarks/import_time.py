"""How long does `from julep_local import Client` take?

Every start of a program, test run and command line pays it, so nothing heavy may be imported before it is used.

Timed: the import statement inside a fresh interpreter, compiled files and disk cache warm; beside it `import pydantic`,
which loads little, and `from pydantic import BaseModel, Field`, the least that a program with pydantic types imports.

    python -m benchmarks import_time
"""

from benchmarks._measure import Cost, alternate, conclude, in_fresh_process, median, print_costs, walls

ROUNDS = 21
TARGET_MS = 150
HEAVY = ("torch", "sentence_transformers", "llama_cpp", "numpy")
OURS = "from julep_local import Client"
"""`import julep_local` alone imports next to nothing: the names are imported when the first is asked for."""
BESIDE = ("import pydantic", "from pydantic import BaseModel, Field")

IMPORT = """
    import sys
    import time

    cpu, wall = time.process_time(), time.perf_counter()
    {statement}
    wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu

    import json
    print(json.dumps([wall_s, cpu_s, sorted(set({heavy}) & sys.modules.keys())]))
"""


def main() -> None:
    loaded: dict[str, list[str]] = {}

    def imported(statement: str) -> Cost:
        wall_s, cpu_s, loaded[statement] = in_fresh_process(IMPORT.format(statement=statement, heavy=HEAVY))
        return Cost(wall_s, cpu_s)

    variants = {each: lambda each=each: imported(each) for each in (OURS, *BESIDE)}
    costs = alternate(variants, rounds=ROUNDS)
    print_costs("import in a fresh process", costs, unit="ms")
    heavy = loaded[OURS]
    print(f"of {', '.join(HEAVY)} it loads: {', '.join(heavy) or 'none'}")
    took = median(walls(costs[OURS])) * 1000
    conclude(
        "import_time",
        {OURS: took},
        unit="ms",
        target=TARGET_MS,
        rounds=ROUNDS,
        packages=["pydantic"],
        met=took < TARGET_MS and not heavy,
        loads=heavy,
    )


if __name__ == "__main__":
    main()
