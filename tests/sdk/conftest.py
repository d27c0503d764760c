"""Scripted upstreams for the tests with real SDK clients; each test finds them empty."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from servers import ChatServer, MessagesServer

WEATHER = {"city": "Vienna", "unit": "celsius"}


@pytest.fixture(scope="session")
def _messages() -> Iterator[MessagesServer]:
    with MessagesServer(inputs={"get_weather": WEATHER}) as server:
        yield server


@pytest.fixture(scope="session")
def _chat() -> Iterator[ChatServer]:
    with ChatServer(inputs={"get_weather": WEATHER}) as server:
        yield server


@pytest.fixture
def messages(_messages: MessagesServer) -> Iterator[MessagesServer]:
    """An upstream that speaks Messages."""
    _messages.reset()
    yield _messages
    _messages.release()


@pytest.fixture
def chat(_chat: ChatServer) -> Iterator[ChatServer]:
    """An upstream that speaks Chat Completions."""
    _chat.reset()
    yield _chat
    _chat.release()
