"""Coverage: what becomes of each leaf of the schemas that providers read, and the table that tells it."""

from __future__ import annotations

from dragoman_codegen.coverage.report import check_coverage, render_tables
from dragoman_codegen.coverage.walk import Leaf, Said, Table, cover

__all__ = ["Leaf", "Said", "Table", "check_coverage", "cover", "render_tables"]
