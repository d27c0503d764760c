"""Scripted upstream servers for tests and examples: real sockets, real streams, strict rules, no third-party code."""

from __future__ import annotations

from .chat import ChatServer
from .converse import ConverseServer
from .generate import GenerateServer
from .messages import MessagesServer
from .responses import ResponsesServer
from .vectors import VectorServer
from .wire import CutOff, Exchange, HangUp, Hold, Pause, Reply, ScriptedServer, Streamed, json_reply

__all__ = [
    "ChatServer",
    "ConverseServer",
    "CutOff",
    "Exchange",
    "GenerateServer",
    "HangUp",
    "Hold",
    "MessagesServer",
    "Pause",
    "Reply",
    "ResponsesServer",
    "ScriptedServer",
    "Streamed",
    "VectorServer",
    "json_reply",
]
