"""`dragoman translate` and `dragoman providers`, with a translator that turns texts around."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import dragoman
from dragoman.loss import Loss
from dragoman_codegen.cli import main

LOSS = Loss("messages[0].name", "dropped", "tuning", "names are\nnot known", "specs/providers/x/request.yaml:7")
LOSS_LINE = "messages[0].name dropped (tuning): names are\\nnot known [specs/providers/x/request.yaml:7]\n"


class Reversed:
    """Turns texts around; refuses what contains "no"."""

    def __init__(self, slug: str, *, client: str = "openai", strict: str | None = None, settings: Any = None) -> None:
        if slug != "rev":
            raise LookupError(f"there is no provider {slug!r}; did you mean 'rev'?")
        self.settings = settings
        self.strict = strict

    def request(self, body: Any, headers: Any = None, *, path: str | None = None) -> Any:
        if "no" in body:
            raise dragoman.Refused("no is not taken", body={"error": {"message": "no is not taken"}}, losses=[LOSS])
        return SimpleNamespace(body={"turned": body["text"][::-1], **self.settings}, losses=[LOSS], text=body["text"])

    def response(self, body: Any, sent: Any = None) -> Any:
        if not isinstance(body, dict):
            raise dragoman.MalformedBody(((), "x"), "an object", "an array")
        return SimpleNamespace(body=[body, sent and sent.text], losses=[])

    def error(self, status: int, body: Any, headers: Any) -> Any:
        return SimpleNamespace(body={"status": status, "was": body, "headers": headers}, losses=[])

    def stream(self, sent: Any = None) -> Any:
        made = SimpleNamespace(close_bytes=lambda: b"!\xff", losses=[LOSS], failed=False)

        def feed_bytes(data: bytes) -> bytes:
            made.failed = b"no" in data
            return data[::-1]

        made.feed_bytes = feed_bytes
        return made


@pytest.fixture(autouse=True)
def translator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dragoman, "translator", Reversed, raising=False)
    monkeypatch.setattr(dragoman, "providers", lambda: ["alpha", "rev"], raising=False)


def run(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, *args: str, given: bytes = b""
) -> tuple[int, bytes, str]:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
    code = main(list(args))
    out, err = capfdbinary.readouterr()
    return code, out, err.decode()


@pytest.fixture
def dg(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda *args, given=b"": run(capfdbinary, monkeypatch, *args, given=given)


def test_the_body_goes_to_stdout_and_the_losses_to_stderr(dg: Any) -> None:
    code, out, err = dg("translate", "request", "--provider", "rev", "-", given=b'{"text": "caf\xc3\xa9"}')
    assert (code, json.loads(out), err) == (0, {"turned": "éfac"}, LOSS_LINE)
    assert "é".encode() in out


def test_json_puts_both_in_one_object(dg: Any) -> None:
    given = b'{"text": "ab"}'
    code, out, err = dg("translate", "request", "--provider", "rev", "--json", "--setting", "a=b=c", "-", given=given)
    assert (code, err) == (0, "")
    assert json.loads(out) == {"body": {"turned": "ba", "a": "b=c"}, "losses": [LOSS._asdict()]}


def test_half_surrogates_are_written_as_escapes(dg: Any) -> None:
    code, out, _ = dg("translate", "request", "--provider", "rev", "-", given=b'{"text": "\\ud83d"}')
    assert (code, json.loads(out)) == (0, {"turned": "\ud83d"})


def test_a_refused_request_writes_no_body(dg: Any) -> None:
    code, out, err = dg("translate", "request", "--provider", "rev", "-", given=b'{"no": 1}')
    assert (code, out, err) == (1, b"", LOSS_LINE + "refused: no is not taken\n")
    code, out, err = dg("translate", "request", "--provider", "rev", "--json", "-", given=b'{"no": 1}')
    assert (code, err) == (1, "")
    assert json.loads(out) == {
        "body": None,
        "error": {"error": {"message": "no is not taken"}},
        "losses": [LOSS._asdict()],
    }


def test_an_answer_can_be_given_its_request(dg: Any, tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text('{"text": "ab"}')
    request = ["--request", str(tmp_path / "request.json")]
    code, out, _ = dg("translate", "response", "--provider", "rev", *request, "-", given=b"{}")
    assert (code, json.loads(out)) == (0, [{}, "ab"])
    code, out, _ = dg("translate", "response", "--provider", "rev", "-", given=b"{}")
    assert (code, json.loads(out)) == (0, [{}, None])


def test_a_malformed_answer(dg: Any) -> None:
    code, out, err = dg("translate", "response", "--provider", "rev", "-", given=b"[]")
    assert (code, out, err) == (1, b"", "malformed: x: expected an object, found an array\n")


@pytest.mark.parametrize(("given", "was"), [(b'{"a": 1}', {"a": 1}), (b"<html>", "<html>"), (b"", "")])
def test_an_error_may_be_json_or_text(dg: Any, given: bytes, was: Any) -> None:
    args = ["--status", "429", "--header", "Retry-After: 7", "-"]
    code, out, _ = dg("translate", "error", "--provider", "rev", *args, given=given)
    assert (code, json.loads(out)) == (0, {"status": 429, "was": was, "headers": {"retry-after": "7"}})


def test_a_stream_is_bytes_in_and_bytes_out(dg: Any, tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"abc")
    code, out, err = dg("translate", "stream", "--provider", "rev", str(tmp_path / "s"))
    assert (code, out, err) == (0, b"cba!\xff", LOSS_LINE)
    code, out, _ = dg("translate", "stream", "--provider", "rev", "--json", str(tmp_path / "s"))
    assert json.loads(out) == {"body": {"base64": "Y2JhIf8="}, "losses": [LOSS._asdict()]}


def test_a_stream_that_ends_with_an_error_makes_1(dg: Any) -> None:
    assert dg("translate", "stream", "--provider", "rev", "-", given=b"no") == (1, b"on!\xff", LOSS_LINE)


def test_a_stream_is_passed_on_as_it_comes() -> None:
    program = f"""
import sys; sys.path[:0] = {sys.path!r}
import dragoman
class Stream:
    losses, failed = [], False
    def feed_bytes(self, data): return data.upper()
    def close_bytes(self): return b"end"
class Translator:
    def __init__(self, *args, **options): pass
    def stream(self, sent): return Stream()
dragoman.translator = Translator
from dragoman_codegen.cli import main
sys.exit(main(["translate", "stream", "--provider", "rev", "-"]))
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for part in (b"one", b"two"):
            process.stdin.write(part)
            assert process.stdout.read(3) == part.upper()
        process.stdin.close()
        assert process.stdout.read() == b"end"
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("args", "given", "said"),
    [
        (["--provider", "ref", "-"], b"{}", "there is no provider 'ref'; did you mean 'rev'?"),
        (
            ["--provider", "rev", "-"],
            b"{,}",
            "the input is not JSON: Expecting property name enclosed in double quotes",
        ),
        (["--provider", "rev", "-"], b"\xff", "the input is not JSON: it is not UTF-8"),
        (["--provider", "rev", "-"], b"[" * 100_000, "the input is not JSON: maximum recursion depth exceeded"),
        (["--provider", "rev", "-"], b"9" * 5000, "the input is not JSON: Exceeds the limit"),
        (["--provider", "rev", "none.json"], b"", "cannot read none.json: No such file or directory"),
        (["--provider", "rev", "."], b"", "cannot read .: Is a directory"),
        (["--provider", "rev", "--setting", "a", "-"], b"{}", "--setting takes NAME=VALUE, not 'a'"),
    ],
)
def test_what_cannot_be_used_is_said(dg: Any, args: list[str], given: bytes, said: str) -> None:
    code, out, err = dg("translate", "request", *args, given=given)
    assert (code, out) == (2, b"")
    assert err.startswith(f"dragoman: {said}")


def test_a_provider_that_only_the_tree_has(dg: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "specs" / "providers" / "my-own").mkdir(parents=True)
    (tmp_path / "specs" / "providers" / "my-own" / "provider.yaml").touch()
    monkeypatch.chdir(tmp_path)
    said = "dragoman: there is no provider 'my-own'; did you mean 'rev'?; "
    ask = ["translate", "request", "--provider", "my-own", "-"]
    assert dg(*ask, given=b"{}") == (2, b"", said + "its specs are here: dragoman generate my-own\n")
    (tmp_path / "generated" / "dragoman_providers" / "my_own").mkdir(parents=True)
    told = f"it is in generated/dragoman_providers here, which is not installed: pip install --editable {tmp_path}\n"
    assert dg(*ask, given=b"{}") == (2, b"", said + told)


def test_stdin_is_read_once(dg: Any) -> None:
    code, _, err = dg("translate", "stream", "--provider", "rev", "--request", "-", "-")
    assert (code, err) == (2, "dragoman: stdin cannot be both the request and what answers it\n")


def test_providers(dg: Any) -> None:
    assert dg("providers") == (0, b"alpha\nrev\n", "")
    assert dg("providers", "--json") == (0, b'["alpha", "rev"]\n', "")
