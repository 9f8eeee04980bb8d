"""What crosses the API: the SDK's types, one file per resource, and a few of our own.

The SDK's models were generated from the service's description; these are written by hand to the same names, fields and
enum values. Unlike those they keep metadata.
"""

import importlib
from typing import TYPE_CHECKING, Any

from julep_local.types._base import OpenRecord as OpenRecord
from julep_local.types._base import Record as Record
from julep_local.types.agents import (
    Agent,
    AgentDefaultSettings,
    AgentDefaultSettingsPreset,
    AgentInstructions,
    AgentMetadata,
    CreateAgentRequestInstructions,
    CreateAgentRequestMetadata,
    ListAgentsRequestOrder,
    ListAgentsRequestSortBy,
    ListAgentsResponse,
    PatchAgentRequestInstructions,
    PatchAgentRequestMetadata,
    UpdateAgentRequestInstructions,
    UpdateAgentRequestMetadata,
)
from julep_local.types.chat import (
    ChatDelta,
    ChatInputData,
    ChatResponse,
    ChatResponseFinishReason,
    ChatSettings,
    ChatSettingsPreset,
    ChatSettingsResponseFormat,
    ChatSettingsResponseFormatSchema,
    ChatSettingsResponseFormatType,
    ChatSettingsStop,
    ChatToolCall,
    CompletionUsage,
    ContextReport,
    DocIds,
    DroppedMessages,
    MemoryAccessOptions,
    RecalledText,
)
from julep_local.types.common import (
    ResourceCreatedResponse,
    ResourceDeletedResponse,
    ResourceUpdatedResponse,
)
from julep_local.types.docs import (
    CreateDoc,
    CreateDocContent,
    CreateDocMetadata,
    Doc,
    DocContent,
    DocHit,
    DocMetadata,
    GetAgentDocsRequestOrder,
    GetAgentDocsRequestSortBy,
    GetAgentDocsResponse,
    GetUserDocsRequestOrder,
    GetUserDocsRequestSortBy,
    GetUserDocsResponse,
)
from julep_local.types.files import (
    AddedFile,
    AddedFiles,
    BackedUp,
    Compacted,
    FileStats,
)
from julep_local.types.jobs import (
    JobStatus,
    JobStatusState,
)
from julep_local.types.memories import (
    CreateMemory,
    ForgetReceipt,
    GetAgentMemoriesResponse,
    Memory,
    MemoryComparison,
    MemoryEntitiesItem,
    MemoryExplanation,
    MemoryHit,
    MemoryReplay,
    MemorySource,
    MemoryVerdict,
)
from julep_local.types.messages import (
    ChatMlImageContentPart,
    ChatMlImageContentPartImageUrl,
    ChatMlImageContentPartImageUrlDetail,
    ChatMlMessage,
    ChatMlMessageContent,
    ChatMlMessageContentItem,
    ChatMlMessageContentItem_ImageUrl,
    ChatMlMessageContentItem_Text,
    ChatMlMessageRole,
    ChatMlTextContentPart,
    GetHistoryResponse,
    InputChatMlMessage,
    InputChatMlMessageContent,
    InputChatMlMessageContentItem,
    InputChatMlMessageContentItem_ImageUrl,
    InputChatMlMessageContentItem_Text,
    InputChatMlMessageRole,
)
from julep_local.types.sessions import (
    CreateSessionRequestMetadata,
    ListSessionsRequestOrder,
    ListSessionsRequestSortBy,
    ListSessionsResponse,
    PatchSessionRequestMetadata,
    Session,
    SessionMetadata,
    UpdateSessionRequestMetadata,
)
from julep_local.types.suggestions import (
    GetSuggestionsResponse,
    Suggestion,
    SuggestionTarget,
)
from julep_local.types.tools import (
    ChatInputDataToolChoice,
    CreateToolRequest,
    CreateToolRequestType,
    FunctionCallOption,
    FunctionDef,
    FunctionParameters,
    GetAgentToolsResponse,
    NamedToolChoice,
    NamedToolChoiceFunction,
    PartialFunctionDef,
    Tool,
    ToolChoiceOption,
    ToolType,
)
from julep_local.types.users import (
    CreateUserRequestMetadata,
    ListUsersRequestOrder,
    ListUsersRequestSortBy,
    ListUsersResponse,
    PatchUserRequestMetadata,
    UpdateUserRequestMetadata,
    User,
    UserMetadata,
)

if TYPE_CHECKING:
    from julep_local.types.doctor import DoctorCheck as DoctorCheck
    from julep_local.types.doctor import DoctorFinding as DoctorFinding
    from julep_local.types.doctor import DoctorRepair as DoctorRepair
    from julep_local.types.doctor import DoctorReport as DoctorReport
    from julep_local.types.erasure import ErasureReceipt as ErasureReceipt
    from julep_local.types.exports import AgentExport as AgentExport
    from julep_local.types.exports import AgentImport as AgentImport
    from julep_local.types.models import MeasuredModel as MeasuredModel
    from julep_local.types.models import ModelCheck as ModelCheck
    from julep_local.types.models import ModelInfo as ModelInfo
    from julep_local.types.models import ModelOptimization as ModelOptimization
    from julep_local.types.models import ModelPlan as ModelPlan
    from julep_local.types.models import ServedModel as ServedModel
    from julep_local.types.models import ServedModels as ServedModels
    from julep_local.types.openai import ChatCompletion as ChatCompletion
    from julep_local.types.openai import ChatCompletionChoice as ChatCompletionChoice
    from julep_local.types.openai import ChatCompletionChunk as ChatCompletionChunk
    from julep_local.types.openai import ChatCompletionChunkChoice as ChatCompletionChunkChoice
    from julep_local.types.openai import ChatCompletionMessage as ChatCompletionMessage
    from julep_local.types.openai import ChatCompletionMessageToolCall as ChatCompletionMessageToolCall
    from julep_local.types.openai import ChoiceDelta as ChoiceDelta
    from julep_local.types.openai import ChoiceDeltaFunctionCall as ChoiceDeltaFunctionCall
    from julep_local.types.openai import ChoiceDeltaToolCall as ChoiceDeltaToolCall
    from julep_local.types.openai import Completion as Completion
    from julep_local.types.openai import CompletionChoice as CompletionChoice
    from julep_local.types.openai import FunctionCall as FunctionCall
else:

    def __getattr__(name: str) -> Any:
        # what only some programs use: making these classes takes milliseconds that the others need not pay
        if not name.startswith("_"):
            for module in ("models", "openai", "doctor", "erasure", "exports"):
                types = importlib.import_module(f"julep_local.types.{module}")
                if hasattr(types, name):
                    return getattr(types, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AddedFile",
    "AddedFiles",
    "Agent",
    "AgentDefaultSettings",
    "AgentDefaultSettingsPreset",
    "AgentInstructions",
    "AgentMetadata",
    "BackedUp",
    "ChatDelta",
    "ChatInputData",
    "ChatInputDataToolChoice",
    "ChatMlImageContentPart",
    "ChatMlImageContentPartImageUrl",
    "ChatMlImageContentPartImageUrlDetail",
    "ChatMlMessage",
    "ChatMlMessageContent",
    "ChatMlMessageContentItem",
    "ChatMlMessageContentItem_ImageUrl",
    "ChatMlMessageContentItem_Text",
    "ChatMlMessageRole",
    "ChatMlTextContentPart",
    "ChatResponse",
    "ChatResponseFinishReason",
    "ChatSettings",
    "ChatSettingsPreset",
    "ChatSettingsResponseFormat",
    "ChatSettingsResponseFormatSchema",
    "ChatSettingsResponseFormatType",
    "ChatSettingsStop",
    "ChatToolCall",
    "Compacted",
    "CompletionUsage",
    "ContextReport",
    "CreateAgentRequestInstructions",
    "CreateAgentRequestMetadata",
    "CreateDoc",
    "CreateDocContent",
    "CreateDocMetadata",
    "CreateMemory",
    "CreateSessionRequestMetadata",
    "CreateToolRequest",
    "CreateToolRequestType",
    "CreateUserRequestMetadata",
    "Doc",
    "DocContent",
    "DocHit",
    "DocIds",
    "DocMetadata",
    "DroppedMessages",
    "FileStats",
    "ForgetReceipt",
    "FunctionCallOption",
    "FunctionDef",
    "FunctionParameters",
    "GetAgentDocsRequestOrder",
    "GetAgentDocsRequestSortBy",
    "GetAgentDocsResponse",
    "GetAgentMemoriesResponse",
    "GetAgentToolsResponse",
    "GetHistoryResponse",
    "GetSuggestionsResponse",
    "GetUserDocsRequestOrder",
    "GetUserDocsRequestSortBy",
    "GetUserDocsResponse",
    "InputChatMlMessage",
    "InputChatMlMessageContent",
    "InputChatMlMessageContentItem",
    "InputChatMlMessageContentItem_ImageUrl",
    "InputChatMlMessageContentItem_Text",
    "InputChatMlMessageRole",
    "JobStatus",
    "JobStatusState",
    "ListAgentsRequestOrder",
    "ListAgentsRequestSortBy",
    "ListAgentsResponse",
    "ListSessionsRequestOrder",
    "ListSessionsRequestSortBy",
    "ListSessionsResponse",
    "ListUsersRequestOrder",
    "ListUsersRequestSortBy",
    "ListUsersResponse",
    "Memory",
    "MemoryAccessOptions",
    "MemoryComparison",
    "MemoryEntitiesItem",
    "MemoryExplanation",
    "MemoryHit",
    "MemoryReplay",
    "MemorySource",
    "MemoryVerdict",
    "NamedToolChoice",
    "NamedToolChoiceFunction",
    "PartialFunctionDef",
    "PatchAgentRequestInstructions",
    "PatchAgentRequestMetadata",
    "PatchSessionRequestMetadata",
    "PatchUserRequestMetadata",
    "RecalledText",
    "ResourceCreatedResponse",
    "ResourceDeletedResponse",
    "ResourceUpdatedResponse",
    "Session",
    "SessionMetadata",
    "Suggestion",
    "SuggestionTarget",
    "Tool",
    "ToolChoiceOption",
    "ToolType",
    "UpdateAgentRequestInstructions",
    "UpdateAgentRequestMetadata",
    "UpdateSessionRequestMetadata",
    "UpdateUserRequestMetadata",
    "User",
    "UserMetadata",
]
