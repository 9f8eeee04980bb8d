"""Run all cases through the released SDK, in the environment that it is installed in, and print what came of them."""

import json

from honesty.doors import SDK
from julep_local.testing.conformance import run


def main() -> None:
    """Write the outcomes of each client as JSON."""
    came = {}
    for door, make in SDK.items():
        report = run(make, beyond_sdk=False)
        came[door] = [
            {"id": each.case.id, "passed": each.passed, "message": each.message, "transcript": each.transcript}
            for each in report.outcomes
        ]
    print(json.dumps(came))


if __name__ == "__main__":
    main()
