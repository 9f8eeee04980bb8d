"""The SDK's `julep.api.types`: every type here, and each also in the module the SDK keeps it in.

Those modules (`julep_local.api.types.agent`) are further names of `julep_local.types`, given when this is imported.
"""

import re
import sys

from julep_local import types as _types
from julep_local.types import *  # noqa: F403
from julep_local.types import __all__ as __all__

for _name in __all__:
    # the members of a union are kept with it: ChatMlMessageContentItem_Text in chat_ml_message_content_item
    _module = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", _name.partition("_")[0]).lower()
    sys.modules[f"{__name__}.{_module}"] = _types
    setattr(sys.modules[__name__], _module, _types)
