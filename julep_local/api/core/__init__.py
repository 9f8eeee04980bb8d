"""The SDK's `julep.api.core`, without what belonged to HTTP."""

from julep_local.api.core.api_error import ApiError
from julep_local.api.core.datetime_utils import serialize_datetime
from julep_local.api.core.jsonable_encoder import jsonable_encoder
from julep_local.api.core.remove_none_from_dict import remove_none_from_dict

__all__ = ["ApiError", "jsonable_encoder", "remove_none_from_dict", "serialize_datetime"]
