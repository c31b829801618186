"""What a cell printed and displayed, kept small: text cut with a note, pictures as blobs."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from celltrail.core.records import OutputRecord
from celltrail.settings import Settings

_BINARY = ("image/png", "image/jpeg", "image/gif", "application/pdf")
# The richest first; what a reader of the trail would want to see.
_PREFERRED = (*_BINARY, "image/svg+xml", "application/vnd.plotly.v1+json", "text/html",
              "text/markdown", "text/latex", "application/json", "text/plain")  # fmt: skip
_LAST_WORD = re.compile(r"\S{1,4096}\Z")
_MAX_OUTPUTS = 200


@dataclass(slots=True)
class _Written:
    """What was written to one stream until something else came between."""

    name: str
    pieces: list[str]
    size: int


class Outputs:
    """Collects the outputs of the running cell."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clear()

    def clear(self) -> None:
        """Forget the last cell's outputs."""
        self._items: list[_Written | tuple[str, dict[str, Any]]] = []  # or kind and bundle
        self._latest: dict[str, _Written] = {}  # by stream
        self._stream_size: dict[str, int] = {}
        self.dropped = 0

    def stream(self, name: str, text: str) -> None:
        """Add text written to stdout or stderr."""
        size = self._stream_size.get(name, 0)
        self._stream_size[name] = size + len(text)
        room = 2 * self.settings.output_text_limit - size
        latest = self._latest.get(name)
        if latest is not None and (room <= 0 or self._items[-1] is latest):
            latest.size += len(text)
            if room > 0:
                latest.pieces.append(text[:room])
        else:
            self._latest[name] = _Written(name, [text[:room]], len(text))
            self._add(self._latest[name])

    def display(self, kind: str, bundle: Mapping[str, Any]) -> None:
        """Add a display (``display``) or the cell's value (``result``)."""
        self._add((kind, dict(bundle)))

    def _add(self, item: _Written | tuple[str, dict[str, Any]]) -> None:
        if len(self._items) < _MAX_OUTPUTS:
            self._items.append(item)
        else:
            self.dropped += 1

    def records(
        self, redact: Callable[[str], str], put_blob: Callable[[bytes], str | None]
    ) -> tuple[OutputRecord, ...]:
        """The collected outputs as records; large and binary content goes to blobs."""
        found: list[OutputRecord] = []
        for item in self._items:
            if isinstance(item, _Written):
                text = "".join(item.pieces)
                is_cut = item.size > len(text)
                if is_cut:  # half of a secret is no longer known as one
                    text = _LAST_WORD.sub("", text)
                text = redact(text)
                record = self._text("stream", "text/plain", text, item.size, item.name)
                if is_cut and record.note is None:
                    note = f"cut: the first {len(text)} of {item.size} characters kept"
                    record = replace(record, note=note)
                found.append(record)
            else:
                found.append(self._bundle(*item, redact, put_blob))
        if self.dropped:
            note = f"{self.dropped} further outputs were not kept"
            found.append(OutputRecord("stream", "text/plain", None, None, 0, note))
        return tuple(found)

    def _text(self, kind: str, mime: str, text: str, size: int, name: str | None) -> OutputRecord:
        limit = self.settings.output_text_limit
        if len(text) <= limit:
            return OutputRecord(kind, mime, text, None, size, None, name)
        head, tail = text[: limit * 3 // 4], text[-(limit // 4) :]
        note = f"cut: {limit} of {size} characters kept, the first three quarters and the end"
        if size > 2 * limit:
            head, tail = text[:limit], ""
            note = f"cut: the first {limit} of {size} characters kept"
        return OutputRecord(kind, mime, head + tail, None, size, note, name)

    def _bundle(
        self,
        kind: str,
        bundle: Mapping[str, Any],
        redact: Callable[[str], str],
        put_blob: Callable[[bytes], str | None],
    ) -> OutputRecord:
        mime = next((name for name in _PREFERRED if name in bundle), None)
        plain = bundle.get("text/plain")
        text = redact(plain)[: self.settings.output_text_limit] if isinstance(plain, str) else None
        if mime is None:
            other = next(iter(bundle), "application/octet-stream")
            return OutputRecord(kind, other, text, None, 0, "not kept: an unknown type of output")
        data = _content(mime, bundle[mime], redact)
        if mime == "text/plain" and text is not None:
            return self._text(kind, mime, redact(plain or ""), len(plain or ""), None)
        if len(data) > self.settings.output_blob_limit:
            note = f"not kept: {len(data)} bytes, the limit is {self.settings.output_blob_limit}"
            return OutputRecord(kind, mime, text, None, len(data), note)
        blob = put_blob(data)
        missing = None if blob else "not kept: no disk takes it"
        return OutputRecord(kind, mime, text, blob, len(data), missing)


def _content(mime: str, value: Any, redact: Callable[[str], str]) -> bytes:
    """The bytes of one representation, redacted where it is text."""
    if mime in _BINARY:
        if isinstance(value, bytes):
            return value
        try:
            return base64.b64decode(value)
        except (binascii.Error, TypeError, ValueError):
            return b""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return redact(text).encode(errors="replace")
