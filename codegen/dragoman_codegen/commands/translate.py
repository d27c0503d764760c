"""`dragoman translate`: one body, or one stream, through a translator.

The translated body goes to stdout and the losses to stderr; with `--json` both go to stdout as one object.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import dragoman
from dragoman_codegen import layout
from dragoman_codegen.commands.common import FINDINGS, OK, CommandError, add_verb, find_root

__all__ = ["add"]

_CHUNK = 65536
_STRICT = ["contract", "tuning", "cosmetic"]

_REQUEST_EXAMPLES = """
dragoman translate request --provider openai request.json
dragoman translate request --provider openai --json - < request.json
dragoman translate request --provider openai --strict contract request.json
"""
_RESPONSE_EXAMPLES = """
dragoman translate response --provider openai answer.json
dragoman translate response --provider openai --request request.json answer.json
"""
_STREAM_EXAMPLES = """
dragoman translate stream --provider openai answer.sse
curl -sN … | dragoman translate stream --provider openai -
"""
_ERROR_EXAMPLES = """
dragoman translate error --provider openai --status 429 --header retry-after:7 error.json
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_verb(
        verbs,
        "translate",
        "translate a request, an answer, a stream or an error",
        "dragoman translate request --provider openai request.json\ndragoman translate stream --help",
    )
    kinds = parser.add_subparsers(title="what", metavar="WHAT", required=True)

    request = add_verb(kinds, "request", "translate a client's request for the provider", _REQUEST_EXAMPLES, _request)
    _options(request)
    request.add_argument("--path", help="the client's path and query, for dialects that say the model there")
    request.add_argument("--strict", choices=_STRICT, help="refuse when something of this severity would be lost")

    response = add_verb(
        kinds, "response", "translate the provider's answer for the client", _RESPONSE_EXAMPLES, _response
    )
    _options(response)
    _context(response)

    stream = add_verb(
        kinds, "stream", "translate the provider's stream for the client, as it comes", _STREAM_EXAMPLES, _stream
    )
    _options(stream)
    _context(stream)

    error = add_verb(kinds, "error", "translate the provider's error for the client", _ERROR_EXAMPLES, _error)
    _options(error)
    error.add_argument("--status", type=int, default=500, help="the HTTP status of the error (default: 500)")
    error.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="a header of the error; may be repeated"
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="what to translate; - for stdin")
    parser.add_argument("--provider", required=True, metavar="P", help="the dialect of the upstream")
    parser.add_argument("--client", default="openai", metavar="C", help="the dialect of the client (default: openai)")
    parser.add_argument("--json", action="store_true", help='print {"body": …, "losses": […]} to stdout')
    parser.add_argument(
        "--setting",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the provider; may be repeated",
    )


def _context(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--request", metavar="FILE", help="the client's request that this answers")
    parser.add_argument("--path", help="the path of that request")


def _request(args: argparse.Namespace) -> int:
    translator, body = _translator(args), _read_json(args.file)
    with _failures(args) as outcome:
        sent = translator.request(body, path=args.path)
        _print(args, sent.body, sent.losses)
    return outcome.code


def _response(args: argparse.Namespace) -> int:
    translator, body = _translator(args), _read_json(args.file)
    with _failures(args) as outcome:
        back = translator.response(body, _sent(translator, args))
        _print(args, back.body, back.losses)
    return outcome.code


def _error(args: argparse.Namespace) -> int:
    translator = _translator(args)
    headers = {name.lower(): value for name, value in _pairs(args.header, ":", "--header")}
    body = _read_json_or_text(args.file)
    with _failures(args) as outcome:
        back = translator.error(args.status, body, headers)
        _print(args, back.body, back.losses)
    return outcome.code


def _stream(args: argparse.Namespace) -> int:
    translator = _translator(args)
    with _failures(args) as outcome:
        stream = translator.stream(_sent(translator, args))
        out = _wire(stream, _chunks(args.file))
        if args.json:
            _print(args, _text(b"".join(out)), stream.losses)
        else:
            for data in out:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            _print_losses(stream.losses)
        if stream.failed:
            outcome.code = FINDINGS
    return outcome.code


def _wire(stream: dragoman.Stream, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield stream.feed_bytes(chunk)
    yield stream.close_bytes()


def _translator(args: argparse.Namespace) -> dragoman.Translator:
    settings = dict(_pairs(args.setting, "=", "--setting"))
    strict = getattr(args, "strict", None)
    try:
        return dragoman.translator(args.provider, client=args.client, strict=strict, settings=settings)
    except LookupError as error:
        raise CommandError(f"{error}{_beside(args.provider) or _beside(args.client)}") from None
    except ValueError as error:
        raise CommandError(str(error)) from None


def _beside(slug: str) -> str:
    """What to do about a provider that the tree has, and this installation has not."""
    try:
        root = find_root(None)
    except CommandError:
        return ""
    if slug not in layout.slugs(root) or slug in dragoman.providers():
        return ""
    generated = layout.generated(root, slug)
    if not (root / generated.folder / slug.replace("-", "_")).is_dir():
        return f"; its specs are here: dragoman generate {slug}"
    return f"; it is in {generated.folder.as_posix()} here, which is not installed: pip install --editable {root}"


def _sent(translator: dragoman.Translator, args: argparse.Namespace) -> dragoman.Request | None:
    if args.request is None:
        return None
    if args.request == args.file == "-":
        raise CommandError("stdin cannot be both the request and what answers it")
    return translator.request(_read_json(args.request), path=args.path)


class _Outcome:
    code = OK


@contextmanager
def _failures(args: argparse.Namespace) -> Iterator[_Outcome]:
    """Says why a body could not be translated."""
    outcome = _Outcome()
    try:
        yield outcome
    except dragoman.Refused as error:
        outcome.code = FINDINGS
        _print_failure(args, f"refused: {error}", error.body, error.losses)
    except dragoman.MalformedBody as error:
        outcome.code = FINDINGS
        _print_failure(args, f"malformed: {error}", {"message": str(error)}, [])
    except NotImplementedError as error:
        raise CommandError(str(error)) from None


def _print_failure(args: argparse.Namespace, message: str, error: Any, losses: list[dragoman.Loss]) -> None:
    if args.json:
        _print_json({"body": None, "error": error, "losses": [loss._asdict() for loss in losses]})
    else:
        _print_losses(losses)
        print(_one_line(message), file=sys.stderr)


def _print(args: argparse.Namespace, body: Any, losses: list[dragoman.Loss]) -> None:
    if args.json:
        _print_json({"body": body, "losses": [loss._asdict() for loss in losses]})
    else:
        _print_json(body)
        _print_losses(losses)


def _print_losses(losses: list[dragoman.Loss]) -> None:
    for loss in losses:
        print(_one_line(f"{loss} [{loss.rule}]"), file=sys.stderr)


def _one_line(text: str) -> str:
    """Without what would start a new line or steer the terminal; what a body says may be in it."""
    return "".join(ch if ch.isprintable() else ascii(ch)[1:-1] for ch in text)


def _print_json(value: Any) -> None:
    try:
        data = json.dumps(value, ensure_ascii=False, indent=2).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which UTF-8 cannot say and an escape can
        data = json.dumps(value, indent=2).encode()
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.buffer.flush()


def _text(data: bytes) -> str | dict[str, str]:
    """Wire bytes inside JSON."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _pairs(texts: list[str], separator: str, option: str) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, found, value = text.partition(separator)
        if not found:
            raise CommandError(f"{option} takes NAME{separator}VALUE, not {text!r}")
        yield name.strip(), value.strip()


def _open(file: str) -> IO[bytes]:
    if file == "-":
        return sys.stdin.buffer
    try:
        return open(file, "rb")  # noqa: PTH123 - also for /dev/stdin and named pipes
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot read {file}: {getattr(error, 'strerror', None) or error}") from None


def _read(file: str) -> bytes:
    with _open(file) as stream:
        try:
            return stream.read()
        except OSError as error:
            raise CommandError(f"cannot read {file}: {error.strerror}") from None


def _chunks(file: str) -> Iterator[bytes]:
    """What can be read, as soon as it can be read."""
    with _open(file) as stream:
        while chunk := stream.read1(_CHUNK):  # type: ignore[attr-defined]  # both kinds of stream are buffered readers
            yield chunk


def _read_json(file: str) -> Any:
    try:
        return json.loads(_read(file).decode("utf-8-sig"))
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError) as error:
        reason = str(error)
    raise CommandError(f"{'the input' if file == '-' else file} is not JSON: {reason}")


def _read_json_or_text(file: str) -> Any:
    text = _read(file).decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
