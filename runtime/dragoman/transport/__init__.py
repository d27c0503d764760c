"""Translating transports for the clients of SDKs: no server is needed.

    client = openai.OpenAI(
        api_key="unused", base_url="http://dragoman/v1", http_client=httpx2.Client(transport=Transport("some-provider"))
    )

One class serves httpx and httpx2 (and one more their asynchronous clients): the answer has the flavour of the request
that is handed in, and so have the exceptions. Neither library is imported before a request of its flavour comes.
What a server needs that brings connections of its own is the `Bridge`.
"""

from .clients import AsyncTransport, Transport
from .core import Answer, Bridge, Plan
from .fetch import MediaLimits

__all__ = ["Answer", "AsyncTransport", "Bridge", "MediaLimits", "Plan", "Transport"]
