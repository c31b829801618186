"""Secrets taken out of code, text and values before anything is written.

What other packages import; the rules live in the ``secret_*`` modules. Everything is a pure
function of its arguments, and clean input costs two scans.
"""

from __future__ import annotations

from celltrail.core.secret_code import redact_code
from celltrail.core.secret_marks import MARK, Redacted
from celltrail.core.secret_memory import SecretMemory, secret_environment_values
from celltrail.core.secret_names import is_secret_name
from celltrail.core.secret_text import redact_text
from celltrail.core.secret_values import redact_cell, redact_value

__all__ = [
    "MARK",
    "Redacted",
    "SecretMemory",
    "is_secret_name",
    "redact_cell",
    "redact_code",
    "redact_text",
    "redact_value",
    "secret_environment_values",
]
