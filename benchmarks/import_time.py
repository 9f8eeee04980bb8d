"""How long does `import julep_local` take?

Every start of a program, test run and command line pays it, so nothing heavy may be imported before it is used.

Timed: the import statement inside a fresh interpreter, compiled files and disk cache warm; beside it `import pydantic`
alone, without which there are no types, and `import asyncio`, without which there is no asynchronous client.

    python -m benchmarks import_time
"""

from benchmarks._measure import Cost, alternate, conclude, in_fresh_process, median, print_costs, walls

ROUNDS = 21
TARGET_MS = 150
HEAVY = ("torch", "sentence_transformers", "llama_cpp", "numpy")

IMPORT = """
    import sys
    import time

    cpu, wall = time.process_time(), time.perf_counter()
    import {package}
    wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu

    import json
    print(json.dumps([wall_s, cpu_s, sorted(set({heavy}) & sys.modules.keys()), len(sys.modules)]))
"""


def main() -> None:
    loaded: dict[str, list[str]] = {}

    def imported(package: str) -> Cost:
        wall_s, cpu_s, loaded[package], _ = in_fresh_process(IMPORT.format(package=package, heavy=HEAVY))
        return Cost(wall_s, cpu_s)

    variants = {name: lambda name=name: imported(name) for name in ("julep_local", "pydantic", "asyncio")}
    costs = alternate(variants, rounds=ROUNDS)
    print_costs("import in a fresh process", costs, unit="ms")
    heavy = loaded["julep_local"]
    print(f"of {', '.join(HEAVY)} it loads: {', '.join(heavy) or 'none'}")
    took = median(walls(costs["julep_local"])) * 1000
    conclude(
        "import_time",
        {"import julep_local": took},
        unit="ms",
        target=TARGET_MS,
        rounds=ROUNDS,
        packages=["pydantic"],
        met=took < TARGET_MS and not heavy,
        loads=heavy,
    )


if __name__ == "__main__":
    main()
