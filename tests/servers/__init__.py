"""Scripted upstream servers for tests and examples: real sockets, real streams, strict rules, no third-party code."""

from __future__ import annotations

from .chat import ChatServer
from .messages import MessagesServer
from .wire import CutOff, Exchange, HangUp, Hold, Pause, Reply, ScriptedServer, Streamed, json_reply

__all__ = [
    "ChatServer",
    "CutOff",
    "Exchange",
    "HangUp",
    "Hold",
    "MessagesServer",
    "Pause",
    "Reply",
    "ScriptedServer",
    "Streamed",
    "json_reply",
]
