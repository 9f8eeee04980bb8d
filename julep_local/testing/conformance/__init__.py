"""Does a client behave as this library does? Some 280 cases over the SDK's 36 methods, for any object that has these.

    python -m julep_local.testing.conformance my_package.my_module:make_client

`make_client` takes nothing and returns a client, blocking or async, of this library, of the released SDK or of another
implementation. The model behind it has to be a `Parrot`, which does what the last message says, so that what a prompt
held and which settings arrived can be seen through the answer; without one the cases that need it are left out.
"""

from julep_local.testing.conformance.case import Case
from julep_local.testing.conformance.cases import CASES
from julep_local.testing.conformance.parrot import Parrot
from julep_local.testing.conformance.run import Outcome, Report, differences, run, support_table

__all__ = ["CASES", "Case", "Outcome", "Parrot", "Report", "differences", "run", "support_table"]
