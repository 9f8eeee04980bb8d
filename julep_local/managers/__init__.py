"""The SDK's managers, one for each kind of resource, each with its asyncio twin below it."""
