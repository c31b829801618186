"""Secrets known by their own characters: token formats, and runs drawn at random."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log2

from celltrail.core.secret_marks import Span

_ENTROPY_CHARACTERS = 20
_BLOB_CHARACTERS = 400  # longer runs are data (images, fonts, arrays), not credentials
# Possessive, so no position is tried twice inside a run.
RUN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}+={0,2}")
DIGIT = re.compile(r"[0-9]")
KNOWN = re.compile(
    r"""(?<![A-Za-z0-9])(?:
    (?P<key>(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9])
      |AIza[\w-]{30,}+|GOCSPX-[\w-]{16,}+
      |(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}+|whsec_[A-Za-z0-9+/=]{16,}+
      |sk-(?=[\w-]{0,200}\d)[\w-]{16,}+|gsk_[A-Za-z0-9]{20,}+|xai-[\w-]{20,}+|pplx-[\w-]{20,}+
      |nvapi-[\w-]{20,}+|r8_[A-Za-z0-9]{20,}+|pcsk_\w{20,}+|tvly-[\w-]{16,}+
      |(?:SK|AC)[0-9a-f]{32}(?![0-9A-Za-z])|SG\.[\w-]{16,}+\.[\w-]{16,}+
      |AGE-SECRET-KEY-1[A-Z0-9]{20,}+|PMAK-[\w-]{20,}+|NRAK-[A-Z0-9]{20,}+)
    |(?P<token>gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_\w{20,}+
      |gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w-]{16,}+
      |xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}+|xapp-[A-Za-z0-9-]{10,}+
      |ya29\.[\w-]{16,}+|1//0[\w-]{20,}+
      |hf_[A-Za-z0-9]{20,}+|npm_[A-Za-z0-9]{20,}+|pypi-(?=[\w-]{0,200}\d)[\w-]{16,}+
      |eyJ[\w-]{8,}+(?:\.[\w-]{4,}+){1,4}|eyJ[\w-]{60,}+={0,2}
      |dapi[0-9a-f]{32}(?:-\d)?|dop_v1_[0-9a-f]{40,}+|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}
      |hv[sbr]\.[\w-]{20,}+|dckr_pat_[\w-]{20,}+|ATATT3[\w=-]{20,}+|lsv2_[ps][tk]_\w{20,}+
      |lin_api_[A-Za-z0-9]{20,}+|ntn_[A-Za-z0-9]{20,}+|KGAT_[A-Za-z0-9]{20,}+|wandb_v1_\w{20,}+
      |\d{8,10}:AA[\w-]{30,}+|[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}+)
    )""",
    re.VERBOSE,
)


def _entropy(token: str) -> float:
    size = len(token)
    return -sum(n / size * log2(n / size) for n in map(token.count, set(token)))


_HEX = re.compile(r"(?:[0-9a-f]+|[0-9A-F]+)\Z")
# Mongo ids, md5, sha1, sha224, sha256, sha384, sha512: digests, unless a name says otherwise
_DIGEST_LENGTHS = frozenset((24, 32, 40, 56, 64, 96, 128))
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_SWITCH = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[a-z0-9])|(?<=[0-9])(?=[A-Za-z])")
_WORDY = re.compile(r"[a-z]{4,}|[A-Z]{5,}|[0-9]{5,}|[A-Z][a-z]{3,}")
_LEAD = re.compile(
    r"(?:bdata|base64,|sha\d{1,3}[-:=]|md5[-:=]|ct1:|integrity|digest|checksum|hash|etag|0x|"
    r"://[^\s\"'<>]{0,180}|image/\w{1,5}|[/\\.~])[\"'\\\s:=]{0,6}\Z",
    re.IGNORECASE,
)
# images, PDF, fonts, arrays, gzip, pickles and zip in base64
_IMAGE = ("iVBOR", "/9j/", "R0lGOD", "UklGR", "PHN2Zy", "JVBERi", "AAAA", "d09GM", "AAEAAA",
          "H4sI", "gAS", "gAN", "UEsDB")  # fmt: skip


def is_random(token: str) -> bool:
    """Whether a run of base64 or hex characters looks drawn at random rather than written."""
    token = token.rstrip("=")
    size = len(token)
    if size < _ENTROPY_CHARACTERS or token.startswith("LS0tLS1CRUdJTi"):
        return size >= _ENTROPY_CHARACTERS
    if size > _BLOB_CHARACTERS or token.startswith(_IMAGE) or _UUID.search(token):
        return False
    letters = re.sub(r"[^A-Za-z0-9]", "", token)
    if len(letters) < _ENTROPY_CHARACTERS - 2 or not DIGIT.search(letters):
        return False
    if _HEX.match(token):
        return (
            size >= 28
            and size not in _DIGEST_LENGTHS
            and _entropy(token) > 3.2
            and not token.isdigit()
        )
    wordy = sum(len(found) for found in _WORDY.findall(token)) / size
    switches = len(_SWITCH.findall(letters)) / size
    has_lower, has_upper = letters != letters.upper(), letters != letters.lower()
    if has_lower and has_upper:
        # random base62 switches class at 0.6 of its places and is 0.15 words; names 0.3 and 0.7
        bar = 0.38 if "/" in token or "_" in token or "-" in token else 0.3
        return switches >= bar and wordy < 0.4 and _entropy(letters) > 3.6
    if len(letters) != size or size < 24:
        return False  # one case with separators: file names, slugs, feature names
    return switches >= 0.28 and wordy < 0.3 and _entropy(token) > 3.5


def run_spans(text: str) -> Iterator[Span]:
    """Known token formats and high entropy; both live in long unbroken runs."""
    done = 0
    for run in RUN.finditer(text):
        start, end = run.span()
        if start < done or not DIGIT.search(text, start, end):
            continue
        if end - start > _BLOB_CHARACTERS * 10 and not text.startswith("eyJ", start):
            continue
        # formats such as SG.x.y, ya29.x or 123:AAx begin a few characters before their long run
        at = max(done, start - 28)
        known = KNOWN.search(text, at, min(len(text), end + 80))  # far enough to recognise one
        known = known and KNOWN.match(text, known.start(), min(len(text), end + 4096))
        if known and known.start() < end:
            prefix = text[max(0, known.start() - 8) : known.start()]
            if not prefix.endswith(("base64,", "sha256-", "sha512-", "sha384-")):
                yield Span(known.start(), known.end(), known.lastgroup or "token", known.start())
                done = known.end()
                continue
        token = run.group()
        # a+b/c may glue a path or flag to the token: judge it whole, then each side of "="
        if is_random(token) and not _LEAD.search(text, max(0, start - 200), start):
            tail = text[end : end + 1]
            if tail == "." and text[end + 1 : end + 5].isalnum() and "/" in token:
                continue  # a path with an extension
            yield Span(start, end, "entropy", start)
            done = end
