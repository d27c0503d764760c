"""Proving cases: generated code as fresh modules, one case against it, and which rules no case reaches."""

from dragoman_codegen.proving.case import Case, load_case, read_case
from dragoman_codegen.proving.package import Package
from dragoman_codegen.proving.reach import unreached
from dragoman_codegen.proving.run import Fault, run_case
from dragoman_codegen.proving.trace import Tracer

__all__ = ["Case", "Fault", "Package", "Tracer", "load_case", "read_case", "run_case", "unreached"]
