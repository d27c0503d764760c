"""Five SDKs against five upstream dialects, as the example has them; and each against its own, with nothing between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from examples.five_clients import INPUTS, STEPS, UPSTREAMS, Gateway, cell, gateway
from examples.sdk_clients import CLIENTS


@pytest.fixture(scope="module")
def between() -> Iterator[Gateway]:
    with gateway() as made:
        yield made


@pytest.mark.parametrize("slug", CLIENTS)
def test_a_scripted_server_satisfies_the_vendors_own_sdk(slug: str) -> None:
    server, _, model = UPSTREAMS[slug]
    with server(inputs=INPUTS) as upstream:
        for step, stream in STEPS.values():
            step(CLIENTS[slug](upstream.url, model), stream=stream)
        assert {exchange.status for exchange in upstream.exchanges} == {200}


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_pair(client: str, upstream: str, between: Gateway) -> None:
    assert cell(between, client, upstream) == {}
