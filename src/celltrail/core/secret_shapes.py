"""Shapes that carry a secret whatever its name: keys, URLs, headers, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from celltrail.core.secret_literals import FILE, TYPE_WORD, is_literal, looks_secret
from celltrail.core.secret_marks import Span
from celltrail.core.secret_names import is_secret_name, secret_name
from celltrail.core.secret_runs import DIGIT, RUN, is_random

PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:[A-Za-z0-9+/=\s\\:,.#]|-(?!----))*+-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:\s|\\[nr])*+[A-Za-z0-9+/=]{16,}+)*+)"
)
CREDENTIAL_URL = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]{0,30}+://(?:"
    r"[^\s:/@\"'`<>?#]{0,128}+:"
    r"(?P<password>[^\s/\"'`<>?#]{1,256}|(?!\d{1,5}[/?#])[^\s\"'`<>@]{1,256})@(?=[\w\[{%$.-])"
    r"|(?P<user>[A-Za-z0-9_.~-]{20,256}+)@)"
)
_SCHEME = re.compile(
    r"\b(?:[Bb]earer|BEARER|[Bb]asic|[Tt]oken)(?:\s|%20)+(?P<value>[A-Za-z0-9._~+/=%-]{8,}+)"
)
_HEADER = re.compile(
    r"(?i)(?<![\w-])(?:(?P<auth>(?:proxy-)?authorization)|(?:set-)?cookie2?)"
    r"(?:\\*[\"']|&quot;)?\s{0,4}(?::|=>|=(?!=)|,)\s{0,4}(?:[rbuf]{0,2}\\*[\"']|&quot;)?"
    r"(?P<scheme>(?:bearer|basic|token|digest|negotiate|apikey|aws4-hmac-sha256)(?:\s+|%20))?"
    r"(?P<value>[^\r\n\"'<>‹›\\{}]{4,4096})"
)
_FLAG = re.compile(
    r"(?<![\w-])--(?P<name>[A-Za-z][\w-]{1,60}+)[ \t]{1,8}"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"'‹›\\-][^\s\"'‹›\\]{0,255})"
)
_COMMAND = re.compile(
    r"(?:\b(?:mysql\w*|mariadb\w*|sshpass|mongo\w*|redis-cli|sqlcmd|(?:docker|podman)\s+login"
    r"|twine|az\s+login|kinit)\b[^\r\n|;]{0,200}?\s-(?:p|P|a)\s?"
    r"|\b(?:curl|wget|http|https)\b[^\r\n|;]{0,300}?\s(?:-u|--user|-a)[\s=]?[\"']?[^\s:\"'{$]{1,80}:"
    r"|\bwandb\s+login\s+(?:--\w+\s+)*(?=[0-9a-zA-Z])"
    r"|(?i:\bidentified\s+by\s+(?=[\"'])|\bpassword\s+(?='))"
    r"|%(?:set_)?env\s+(?P<name>\w+)[ =]\s{0,8})"
    r"[\"']?(?P<value>[^\s\"'‹›\\{$<-][^\s\"'‹›\\]{0,255})"
)
_COMMANDS = (
    "mysql", "mariadb", "sshpass", "mongo", "redis-cli", "sqlcmd", "docker", "podman", "twine",
    "az login", "kinit", "curl", "wget", "http", "wandb", "identified by", "password '", "env ",
)  # fmt: skip
_SPACED = re.compile(
    r"(?<![\w.-])(?P<name>\w{6,60}+)[ \t]{1,4}(?P<value>[A-Za-z0-9+/=_-]{16,200}+)"
)
_HEX_40 = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{40}(?![0-9A-Za-z])")
_BESIDE_HEX = re.compile(r"(?i:wandb|weights & biases|login|api.?key|token|secret|auth)[^\r\n]*\Z")


def shape_spans(text: str, low: str, *, in_shell: bool) -> Iterator[Span]:
    """Shapes that carry a secret whatever its name: keys, URLs, headers, commands."""
    if "://" in text and "@" in text:
        for found in CREDENTIAL_URL.finditer(text):
            group = "password" if found["password"] else "user"
            if group == "user" and not DIGIT.search(found["user"]):
                continue
            if is_literal(found[group]) and not found[group].startswith(("{", "$", "%(", "%s")):
                yield Span(*found.span(group), "url", found.start())
    if "authorization" in low or "cookie" in low:
        for found in _HEADER.finditer(text):
            value = found["value"]
            if found["auth"]:
                good = found["scheme"] or (DIGIT.search(value) and " " not in value.strip())
                if not good or not is_literal(value) or value[0] in "%$":
                    continue
                start, end = found.span("value")
                if "," not in value and "=" not in value:
                    end = start + len(value.split()[0]) if value.split() else end
                if TYPE_WORD.match(text[start:end]) or (
                    not DIGIT.search(text[start:end]) and end - start < 8
                ):
                    continue
                yield Span(start, end, "token", found.start())
            elif re.match(r"\s*[\w.-]+=[^\s=;,()]{6,}", value) and "(" not in value:
                yield Span(*found.span("value"), "cookie", found.start())
    if "bearer" in low or "basic " in low or "token " in low:
        for found in _SCHEME.finditer(text):
            value = found["value"]
            mixed = DIGIT.search(value) and re.search("[A-Za-z]", value) and len(value) >= 12
            if (mixed or is_random(value)) and not FILE.match(value) and "/" not in value[1:3]:
                yield Span(*found.span("value"), "token", found.start())
    if any(command in low for command in _COMMANDS):
        for found in _COMMAND.finditer(text):
            if found["name"] and not is_secret_name(found["name"]):
                continue
            if is_literal(found["value"]) and not FILE.match(found["value"]):
                yield Span(*found.span("value"), "password", found.start())
    if "--" in text:
        for found in _FLAG.finditer(text):
            name, value = secret_name(found["name"]), found["value"]
            if not name.kind or not looks_secret(value, name) or re.fullmatch(r"[A-Z_]+", value):
                continue  # `--token TOKEN` is a usage line
            if in_shell or found["quote"] or (DIGIT.search(value) and len(value) >= 6):
                yield Span(*found.span("value"), name.kind, found.start())
    spaced = ("key" in low or "secret" in low or "token" in low) and RUN.search(text)
    for found in _SPACED.finditer(text) if spaced else ():
        name, value = secret_name(found["name"]), found["value"]
        if name.strong and DIGIT.search(value) and (in_shell or is_random(value)):
            yield Span(*found.span("value"), name.kind, found.start())
    for found in _HEX_40.finditer(text):  # a W&B key, where its neighbours do not say digest
        beside = _BESIDE_HEX.search(text, max(0, found.start() - 70), found.start())
        if beside:
            yield Span(*found.span(), "key", found.start())
