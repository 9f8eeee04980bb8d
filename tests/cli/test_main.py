"""The process itself: how it ends."""

import subprocess
import sys

INTERRUPTED_WHILE = """if True:
    import sys
    from julep_local.cli import main

    class Interrupting:
        def find_spec(self, name, path=None, target=None):
            if name == "julep_local.cli.{module}":
                raise KeyboardInterrupt

    sys.meta_path.insert(0, Interrupting())
    sys.argv = ["julep-local", "stats"]
    main()
"""


def test_ctrl_c_while_the_command_line_is_imported_prints_no_traceback() -> None:
    for module in ("app", "whole"):
        program = [sys.executable, "-c", INTERRUPTED_WHILE.format(module=module)]
        ended = subprocess.run(program, capture_output=True, text=True, check=False)

        assert ended.returncode == 130, module
        assert "Traceback" not in ended.stderr
