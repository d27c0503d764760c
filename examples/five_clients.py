"""Five SDKs talk to five upstream dialects: 25 pairs, each with a chat and a tool loop, whole and streamed.

The upstreams are scripted servers on this machine, each of which speaks its own dialect and is strict about it; a small
gateway stands between. There is no network and no key.

    python -m examples.five_clients [--losses]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from servers import ChatServer, ConverseServer, GenerateServer, MessagesServer, ResponsesServer

from examples.loopback_gateway import Gateway
from examples.sdk_clients import CLIENTS, NAME, Client

PROMPT = "How is the weather in Vienna?"
RESULT = "21 °C, clear"
INPUTS = {NAME: {"city": "Vienna"}}
#: Slug of the upstream -> its server, what stands behind its address, a model of its
UPSTREAMS = {
    "openai": (ChatServer, "/v1", "gpt-4.1"),
    "openai-responses": (ResponsesServer, "/v1", "gpt-4.1"),
    "anthropic": (MessagesServer, "", "claude-sonnet-4-6"),
    "gemini": (GenerateServer, "", "gemini-2.5-flash"),
    "bedrock": (ConverseServer, "", "amazon.nova-pro-v1:0"),
}
TITLES = {
    "openai": "openai (Chat Completions)",
    "openai-responses": "openai (Responses)",
    "anthropic": "anthropic",
    "gemini": "google-genai",
    "bedrock": "boto3 (Converse)",
}


class Failed(Exception):
    """A step did not do what it says."""


def chat(client: Client, *, stream: bool) -> None:
    """A question and its answer."""
    client.say(PROMPT)
    said = client.turn(tools=False, stream=stream)
    expect(said.text == f"You said: {PROMPT}" and not said.calls, f"the answer is {said}")


def tool_loop(client: Client, *, stream: bool) -> None:
    """The model asks for a tool, gets its result, and answers."""
    client.say(PROMPT)
    asked = client.turn(tools=True, stream=stream)
    told = [(call.name, call.arguments) for call in asked.calls]
    expect(told == [(NAME, {"city": "Vienna"})], f"the calls are {asked}")
    client.results([(call, RESULT) for call in asked.calls])
    said = client.turn(tools=True, stream=stream)
    expect(said.text.startswith("Here is what I found: ") and RESULT in said.text, f"the answer is {said}")
    expect(not said.calls, f"there are more calls: {said}")


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Failed(otherwise)


STEPS = {
    "text": (chat, False),
    "text, streamed": (chat, True),
    "tool": (tool_loop, False),
    "tool, streamed": (tool_loop, True),
}


def cell(gateway: Gateway, client: str, upstream: str) -> dict[str, str]:
    """What went wrong in one pair, by step; nothing for a step that did what it says."""
    faults = {}
    for step, (run, stream) in STEPS.items():
        model = UPSTREAMS[upstream][2]
        try:
            run(CLIENTS[client](f"{gateway.url}/{client}/{upstream}", model), stream=stream)
        except Exception as fault:  # an SDK may raise what it likes: it goes into the table
            faults[step] = f"{type(fault).__name__}: {fault}"
    return faults


@contextmanager
def gateway() -> Iterator[Gateway]:
    """All upstreams, and the gateway before them."""
    with ExitStack() as stack:
        urls = {
            slug: stack.enter_context(server(inputs=INPUTS)).url + behind
            for slug, (server, behind, _) in UPSTREAMS.items()
        }
        yield stack.enter_context(Gateway(urls))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--losses", action="store_true", help="also print what the translations report")
    told = parser.parse_args()
    begun = time.monotonic()
    wrong: list[str] = []
    cells = 0
    print(f"{'':27}" + "".join(f"{slug:19}" for slug in UPSTREAMS))
    with gateway() as between:
        for client in CLIENTS:
            print(f"{TITLES[client]:27}", end="", flush=True)
            for upstream in UPSTREAMS:
                faults = cell(between, client, upstream)
                cells += not faults
                marks = " ".join("FAIL" if step in faults else "ok" for step in STEPS)
                print(f"{marks:19}", end="", flush=True)
                wrong += [f"{TITLES[client]} → {upstream}, {step}: {fault}" for step, fault in faults.items()]
            print()
        print("\nEach cell: " + " · ".join(STEPS) + ".")
        if told.losses:
            for (client, upstream), losses in between.losses.items():
                for loss in dict.fromkeys(losses):
                    print(f"{TITLES[client]} → {upstream}: {loss}")
    for fault in wrong:
        print(f"FAILED: {fault}", file=sys.stderr)
    print(
        f"{cells} of {len(CLIENTS) * len(UPSTREAMS)} pairs did what they should, in {time.monotonic() - begun:.1f} s."
    )
    return 0 if cells == len(CLIENTS) * len(UPSTREAMS) else 1


if __name__ == "__main__":
    sys.exit(main())
