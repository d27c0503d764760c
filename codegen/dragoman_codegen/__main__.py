"""`python -m dragoman_codegen` is the `dragoman` command."""

import sys

from dragoman_codegen.cli import main

sys.exit(main())
