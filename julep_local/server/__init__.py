"""The API over HTTP: a thin shell over `JulepApi`, for the official SDKs, the OpenAI package and other languages.

`julep-local serve` starts it, `julep_local.transport` hands it to an httpx client without any socket. It decides
nothing: what a route means is the method it names. It needs the extra `server`.
"""
