"""Whether a value that stands beside a secret's name is the secret itself."""

from __future__ import annotations

import re

from celltrail.core.secret_names import NAME_HINT, Name, secret_name
from celltrail.core.secret_runs import DIGIT

_PLACEHOLDER = re.compile(
    r"(?:[.…*•xX_#?\s-]*|<[^<>]*>|\{[^{}]*\}|\$\w+|\$\{[^{}]*\}|\$\([^()]*\)|%\(\w*\)[sdr]|%[sdr]|%\w+%"
    r"|\[[^\[\]]*\]|none|null|nil|true|false|undefined|nan|n/?a|your[-_ ].*|insert[-_ ].*|‹.*|"
    r"<redacted:.*|self|\\)\Z",
    re.IGNORECASE | re.DOTALL,
)
TYPE_WORD = re.compile(
    r"(?:optional|required|str|string|strings|bool|boolean|int|integer|float|bytes|dict|list|tuple|"
    r"object|callable|any|array|number|char|varchar\w*|text|default|a|an|the|if|not|is|in|and|or|"
    r"this|see|must|should|used|for|to|of|from|whether|"
    r"yes|no|on|off|ok|error|invalid|missing|failed|hidden|unset|set|empty|plaintext|basic|digest|"
    r"passed|redacted|removed|unknown|deprecated|enabled|disabled|prompt|password|token|secret)\W*\Z",
    re.IGNORECASE,
)
_ENV_SHAPE = re.compile(r"\$?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
FILE = re.compile(
    r"\.{0,2}[/~\\]|[A-Za-z]:[\\/]|.*\.(?:json|ya?ml|txt|pem|env|ini|toml|key|crt|cfg|py|csv)\Z"
)
_EXTENSION = re.compile(r"\.\w{2,5}\Z")
PLAIN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^@\s]*\Z", re.IGNORECASE)


def is_literal(value: str) -> bool:
    """Whether a value is given, rather than empty or a placeholder."""
    return bool(value.strip()) and not _PLACEHOLDER.match(value.strip())


def is_name(value: str) -> bool:
    """Whether a value is itself the name of a secret, as in ``token=db_token``."""
    return not DIGIT.search(value) and bool(secret_name(value).kind)


def _is_file(body: str) -> bool:
    """Whether a value is a file's path; ``token=Xy7q…9.csv`` names a file after a secret."""
    if not FILE.match(body):
        return False
    stem = _EXTENSION.sub("", body)
    return not (len(stem) >= 8 and stem.isalnum() and _is_mixed(stem) and not stem.islower())


def _is_dotted(body: str) -> bool:
    """Whether a value is an attribute's path; what ends as a file does is for `_is_file`."""
    return bool(_DOTTED.match(body)) and not FILE.match(body)


def _is_mixed(text: str) -> bool:
    return bool(DIGIT.search(text)) and any(c.isalpha() for c in text)


def looks_secret_unseen(value: str, name: Name) -> bool:
    """Whether a value that nobody typed is a secret: weak names mostly hold ordinary words."""
    return looks_secret(value, name) and (name.strong or (len(value) >= 8 and _is_mixed(value)))


def looks_secret(value: str, name: Name) -> bool:
    """Whether a quoted value bound to a secret name is the secret itself."""
    if not is_literal(value):
        return False
    body = value.strip()
    if PLAIN_URL.match(body) or _ENV_SHAPE.match(body):
        return False
    if name.connection:
        return len(body) >= 6 and not FILE.match(body) and "memory" not in body
    if " " in body:
        # prompts, messages and help, not pass phrases
        if body[-1] in ":.?!>" or NAME_HINT.search(body.lower()) or not name.strong:
            return False
        return "%" not in body and "{" not in body and "\n" not in body and len(body) < 100
    if name.strong:
        return not (body[0] in "/~" and len(body) > 1 and "/" in body[1:]) and not TYPE_WORD.match(
            body
        )
    if len(body) < 6 or _is_file(body) or _is_dotted(body) or is_name(body):
        return False
    if any(c in body for c in "()[]{}|*^$") and not any(c.isdigit() for c in body):
        return False
    return len(body) >= 8 or not body.replace("_", "").replace("-", "").isalpha()


def looks_secret_bare(value: str, name: Name, *, colon: bool, alone: bool) -> bool:
    """Whether an unquoted value is a secret: prose and code stand there more often."""
    if not looks_secret(value, name) or TYPE_WORD.match(value):
        return False
    digits = any(c.isdigit() for c in value)
    if any(c in value for c in "()[]{}") and not digits:
        return False
    if re.match(r"[\w.]+\(|[\w.]+\[", value) or _is_dotted(value) or is_name(value):
        return False
    if colon and not alone:
        return digits and len(value) >= 6 and any(c.isalpha() for c in value)
    if not alone:
        return len(value) >= 4 and (digits or len(value) >= 6)
    return not value.endswith((".", ":"))
