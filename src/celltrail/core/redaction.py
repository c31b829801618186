"""Secrets taken out of code, text and values before anything is written.

Everything here is a pure function of its arguments. Clean input costs two scans (a word scan and
a scan for long unbroken runs); the rules run only when one of the two finds something.
"""

from __future__ import annotations

import base64
import html
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log2
from typing import NamedTuple, NoReturn
from urllib.parse import quote, quote_plus

__all__ = [
    "MARK",
    "Redacted",
    "SecretMemory",
    "is_secret_name",
    "redact_code",
    "redact_text",
    "redact_value",
    "secret_environment_values",
]

MARK = re.compile(r"‹redacted:([a-z]+)›|<redacted:([a-z]+)>")
"""A redaction mark; the second form stands in bytes literals, which must be ASCII."""

_LEARN_CHARACTERS = 6  # shorter values are ordinary words too often to be replaced everywhere
_ENVIRONMENT_CHARACTERS = 8
_ENTROPY_CHARACTERS = 20
_BLOB_CHARACTERS = 400  # longer runs are data (images, fonts, arrays), not credentials
_PASSES = 8  # a replacement can uncover another; two passes are the rule, this is the cap
_DEPTH = 60  # nesting of a JSON value


@dataclass(frozen=True, slots=True)
class Redacted:
    """Text without its secrets.

    Attributes
    ----------
    text : str
        The text, each secret replaced by ``‹redacted:KIND›``.
    count : int
        How many secrets were replaced.
    """

    text: str
    count: int


class _Span(NamedTuple):
    start: int
    end: int
    kind: str
    anchor: int  # where the evidence starts: in code it must lie in the same literal
    form: str = "mark"  # "mark", "ascii" (in bytes literals) or "literal" (adds quotes)


def _mark(kind: str, form: str = "mark") -> str:
    if form == "ascii":
        return f"<redacted:{kind}>"
    return f'"‹redacted:{kind}›"' if form == "literal" else f"‹redacted:{kind}›"


# --- names -----------------------------------------------------------------------------------

_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_STRONG = {
    "password": "password", "passwords": "password", "passwd": "password", "pwd": "password",
    "passphrase": "password", "passcode": "password", "passwort": "password",
    "secret": "secret", "secrets": "secret", "credential": "secret", "credentials": "secret",
    "creds": "secret", "apikey": "key", "apikeys": "key", "apitoken": "token", "accesskey": "key",
    "privatekey": "key", "secretkey": "key", "accountkey": "key", "authkey": "key",
    "authtoken": "token", "accesstoken": "token", "refreshtoken": "token", "bearer": "token",
    "sharedaccesskey": "key", "sharedaccesssignature": "key", "passkey": "key", "jwt": "token",
    "authorization": "token", "userpass": "password", "dbpass": "password",
}  # fmt: skip
_WEAK = {"pw": "password", "token": "token", "auth": "token", "oauth": "token", "pat": "token"}
_CONNECTIONS = (("connection", "string"), ("conn", "string"), ("conn", "str"),
                ("connection", "str"), ("connectionstring",), ("connstr",), ("dsn",))  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEY_OWNERS = _words(
    "api access private secret account encryption decryption signing master shared ssh "
    "subscription storage service auth aws gcp azure openai anthropic wandb hf huggingface "
    "stripe sendgrid google maps hmac jwt aes rsa consumer deploy cohere groq mistral "
    "pinecone langchain langsmith kaggle comet neptune gemini serpapi tavily deepseek "
    "replicate webhook app"
)
_PASS_OWNERS = _words(
    "db database user my admin root smtp ftp sftp mail email sudo pg postgres mysql redis "
    "mongo login ssh proxy http basic rabbitmq ldap imap sql test"
)
# words after which the name is about a secret, not the secret
_ABOUT = _words(
    "count counts length len size type types url uri endpoint path paths file files filename "
    "dir folder name names ids pattern patterns regex field fields label prompt policy expiry "
    "expires expiration ttl timeout at limit limits index idx position pos class classes "
    "classification embedding embeddings freq frequency vocab mask masks ratio rate cost "
    "usage kind scheme mode method methods provider providers handler handlers manager store "
    "service services client server error errors exception required enabled valid validator "
    "validators column columns col env var variable hint hints strength reset change form "
    "page view views generator set map backend backends model module sock socket stdin info "
    "level header headers plugin plugins flow realm domain dialog widget input entry box "
    "callback callbacks func function cls factory rule rules checker format fmt schema spec "
    "version description help text message msg status state probability prob score scores "
    "logits iterator iter stream reader list lists words similarity overlap accuracy "
    "distribution alphabet chars duration age window bucket lifetime dropout merging pruning "
    "shift dim router order group groups user username needed failed ok result results "
    "response request session cache app config settings permissions permission middleware "
    "needs exists offset offsets sep separator delimiter start end by line lines number num "
    "location loc span stack queue buffer tree node nodes rank management sharing host port "
    "db database prefix suffix placeholder title"
)
_FLAGS = _words(
    "use no is has have require requires required need needs skip allow disable enable with "
    "show hide check verify validate ask prompt wrong bad invalid missing forgot reset change "
    "n num max min total count avg mean per len hashed unhashed non without"
)
# words before `token` that make it a piece of text or a place in a list
_TEXT_TOKENS = _words(
    "pad bos eos cls sep mask unk next prev previous start end stop begin first last special "
    "current word sub subword image img text input output prompt completion each control line "
    "string op operator decoder encoder lookahead cancel cancellation page continuation eof "
    "delimiter separator punctuation added prefix suffix middle fim assistant placeholder "
    "blank space newline tok parse lex dummy single multi top best sampled target source src "
    "tgt original left right open close closing opening comment name number keyword bad good "
    "expected unexpected got new old this that other another dollar template query audio "
    "video patch document doc sentence char character byte bytes boundary soft think thinking "
    "tool wildcard css js html sql vision box object forced decoded generated predicted sync "
    "resume nextpage sos go oov semantic syntax type literal identifier quoted"
)
_TRAILERS = _words(
    "value values val str string raw plain plaintext bytes b64 base64 default prod production "
    "dev staging test testing live old new current real id key keys token tokens secret "
    "password hash hex encoded pair json data text1 override primary secondary hashed"
)


class _Name(NamedTuple):
    kind: str  # "" when the name does not name a secret
    strong: bool  # weak names need a value that looks like a secret
    connection: bool = False


_PLAIN_NAME = _Name("", False)


@lru_cache(maxsize=4096)
def _name(name: str) -> _Name:
    if not 2 <= len(name) <= 120 or not _NAME_HINT.search(name.lower()):
        return _PLAIN_NAME
    words = [word.lower() for word in _CAMEL.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words:
        return _PLAIN_NAME
    for tail in _CONNECTIONS:
        if tuple(words[-len(tail) :]) == tail:
            return _Name("url", False, True)
    if words[0] in _FLAGS and len(words) > 1:
        return _PLAIN_NAME
    for at in range(len(words) - 1, -1, -1):
        word = words[at]
        before = words[at - 1] if at else ""
        kind = ""
        strong = True
        if word in _STRONG:
            kind = _STRONG[word]
            strong = word not in ("credentials", "credential", "creds", "bearer", "jwt")
        elif word.endswith(("password", "passwd", "apikey", "accesskey", "secretkey")):
            kind = "password" if "pass" in word else "key"
        elif word in ("key", "keys") and before in _KEY_OWNERS:
            kind, strong = "key", before in ("api", "access", "private", "secret", "account")
        elif word == "pass" and (before in _PASS_OWNERS or len(words) == 1):
            kind, strong = "password", False
        elif word in _WEAK and not (word == "token" and before in _TEXT_TOKENS):
            kind, strong = _WEAK[word], False
            if word == "pat" and before not in ("github", "gitlab", "azure", "gh", "databricks"):
                kind = ""
        if kind:
            after = words[at + 1 :]
            if all(rest in _TRAILERS for rest in after) and not (
                word in ("token", "pw") and after and after[-1] in ("id", "values", "data", "text1")
            ):
                return _Name(kind, strong)
            return _PLAIN_NAME
        if word in _ABOUT and at == len(words) - 1:
            return _PLAIN_NAME
    return _PLAIN_NAME


def is_secret_name(name: str) -> bool:
    """Whether a name is one that people give to secrets.

    Words are compared whole (snake, camel, kebab, dotted, upper case), so ``tokenizer``,
    ``max_tokens``, ``author`` and ``sort_key`` are not secret.

    Parameters
    ----------
    name : str
        A variable, parameter, dict key, header or environment variable.

    Returns
    -------
    bool
        True when a literal bound to this name is redacted.

    Examples
    --------
    >>> is_secret_name("AWS_SECRET_ACCESS_KEY"), is_secret_name("pad_token")
    (True, False)
    """
    return bool(_name(name).kind)


# --- scans -----------------------------------------------------------------------------------

_NAME_HINT = re.compile(
    r"pass|pwd|secret|token|auth|cred|dsn|connstr|conn\w{0,7}[_ -]?str|key|bearer|jwt"
    r"|\bpw|_pw|[_-]pat\b"
)
# Substring searches run at memory speed, a regex of the same words at 100 ns a character.
_NEEDLES = (
    "pass", "pwd", "secret", "token", "auth", "cred", "dsn", "conn", "key", "cookie", "bearer",
    "jwt", "pw", "://", "sig=", "signature=", "identified by", "wandb", "curl ", "wget ", "basic ",
    "redis-cli", "mysql", "sqlcmd", "sid=", "sessionid", "_pat",
)  # fmt: skip
_SHAPE_NEEDLES = (
    "cookie", "bearer ", "basic ", "private key", "sig=", "signature=", "identified by", "wandb",
    "api key", "access key", "account key", "curl ", "wget ", "mysql", "sshpass", "redis-cli",
    "sqlcmd", "authorization", "sessionid", "sid=", "password '", "login",
)  # fmt: skip
_COMMANDS = (
    "mysql", "mariadb", "sshpass", "mongo", "redis-cli", "sqlcmd", "docker", "podman", "twine",
    "az login", "kinit", "curl", "wget", "http", "wandb", "identified by", "password '", "env ",
)  # fmt: skip
# in source and JSON a line break is "\\n": its n belongs to no word
_WORD = re.compile(r"(?<!\\)[A-Za-z_][\w-]{1,119}+")


def _is_clean(text: str, low: str) -> bool:
    """Whether no rule but those for long runs can apply; what most cells pay for."""
    found = [needle for needle in _NEEDLES if needle in low]
    if not found:
        return True
    if found == ["://"]:
        return "@" not in low
    if ("://" in low and "@" in low) or any(needle in low for needle in _SHAPE_NEEDLES):
        return False
    return not any(_name(word).kind for word in set(_WORD.findall(text)))


# Possessive, so no position is tried twice inside a run.
_RUN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}+={0,2}")
_DIGIT = re.compile(r"[0-9]")

_KNOWN = re.compile(
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
_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:[A-Za-z0-9+/=\s\\:,.#]|-(?!----))*+-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:\s|\\[nr])*+[A-Za-z0-9+/=]{16,}+)*+)"
)
_URL = re.compile(
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
_PAIR = re.compile(
    r"(?:(?<![\w.\\-])|(?<=\\[nrt]))-{0,2}+"
    r"(?P<name>(?:(?i:api|access|account|auth|secret|private) )?+[A-Za-z_][\w.-]{1,79}+)"
    r"(?P<close>\\{0,7}+[\"'`]|&quot;|&\#34;|&\#39;)?[ \t]{0,8}\]?"
    r"(?P<sep>[ \t]{0,40}+(?:=>|->|:=|=(?!=)|:(?![:/])|%3D|is\b:?|\||,(?=\s?[\"']))[ \t]{0,8}+"
    r"|>(?=[^<>\s]{4,200}</)|</t[dh]>\s{0,40}<td[^<>]{0,99}>"
    r"|(?:[ ]{2,60}+|\t)(?=[^\s=:]{6,200}(?:\r?\n|\\n|\Z)))"
)
_OPEN = re.compile(r"[rRbBuUfF]{0,2}(?P<quote>\\{0,7}(?:\"\"\"|'''|[\"'`])|&quot;|&#34;|&#39;)")
# bounded, so that `password=password=...` stays linear
_BARE = re.compile(r"(?:[^\s\"'`<>‹›\\]|\\[^nrt\s]){1,512}+")
_BARE_FIELD = re.compile(r"(?:[^\s\"'`<>‹›\\,;&|]|\\[^nrt\s]){1,512}+")
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
_SPACED = re.compile(
    r"(?<![\w.-])(?P<name>\w{6,60}+)[ \t]{1,4}(?P<value>[A-Za-z0-9+/=_-]{16,200}+)"
)
_HEX_40 = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{40}(?![0-9A-Za-z])")
_BESIDE_HEX = re.compile(r"(?i:wandb|weights & biases|login|api.?key|token|secret|auth)[^\r\n]*\Z")
_QUERY_NAMES = frozenset(("sig", "signature", "x-amz-signature", "x-amz-credential",
                          "x-amz-security-token", "x-goog-signature", "x-goog-credential",
                          "awsaccesskeyid", "sessionid", "session_id", "sid"))  # fmt: skip

_PLACEHOLDER = re.compile(
    r"(?:[.…*•xX_#?\s-]*|<[^<>]*>|\{[^{}]*\}|\$\w+|\$\{[^{}]*\}|\$\([^()]*\)|%\(\w*\)[sdr]|%[sdr]|%\w+%"
    r"|\[[^\[\]]*\]|none|null|nil|true|false|undefined|nan|n/?a|your[-_ ].*|insert[-_ ].*|‹.*|"
    r"<redacted:.*|self|\\)\Z",
    re.IGNORECASE | re.DOTALL,
)
_TYPE_WORD = re.compile(
    r"(?:optional|required|str|string|strings|bool|boolean|int|integer|float|bytes|dict|list|tuple|"
    r"object|callable|any|array|number|char|varchar\w*|text|default|a|an|the|if|not|is|in|and|or|"
    r"this|see|must|should|used|for|to|of|from|whether|"
    r"yes|no|on|off|ok|error|invalid|missing|failed|hidden|unset|set|empty|plaintext|basic|digest|"
    r"passed|redacted|removed|unknown|deprecated|enabled|disabled|prompt|password|token|secret)\W*\Z",
    re.IGNORECASE,
)
_ENV_SHAPE = re.compile(r"\$?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
_FILE = re.compile(
    r"\.{0,2}[/~\\]|[A-Za-z]:[\\/]|.*\.(?:json|ya?ml|txt|pem|env|ini|toml|key|crt|cfg|py|csv)\Z"
)
_PLAIN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^@\s]*\Z", re.IGNORECASE)


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


def _is_random(token: str) -> bool:
    """Whether a run of base64 or hex characters looks drawn at random rather than written."""
    token = token.rstrip("=")
    size = len(token)
    if size < _ENTROPY_CHARACTERS or token.startswith("LS0tLS1CRUdJTi"):
        return size >= _ENTROPY_CHARACTERS
    if size > _BLOB_CHARACTERS or token.startswith(_IMAGE) or _UUID.search(token):
        return False
    letters = re.sub(r"[^A-Za-z0-9]", "", token)
    if len(letters) < _ENTROPY_CHARACTERS - 2 or not _DIGIT.search(letters):
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


def _run_spans(text: str) -> Iterator[_Span]:
    """Known token formats and high entropy; both live in long unbroken runs."""
    done = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        if start < done or not _DIGIT.search(text, start, end):
            continue
        if end - start > _BLOB_CHARACTERS * 10 and not text.startswith("eyJ", start):
            continue
        # formats such as SG.x.y, ya29.x or 123:AAx begin a few characters before their long run
        at = max(done, start - 28)
        known = _KNOWN.search(text, at, min(len(text), end + 80))  # far enough to recognise one
        known = known and _KNOWN.match(text, known.start(), min(len(text), end + 4096))
        if known and known.start() < end:
            prefix = text[max(0, known.start() - 8) : known.start()]
            if not prefix.endswith(("base64,", "sha256-", "sha512-", "sha384-")):
                yield _Span(known.start(), known.end(), known.lastgroup or "token", known.start())
                done = known.end()
                continue
        token = run.group()
        # a+b/c may glue a path or flag to the token: judge it whole, then each side of "="
        if _is_random(token) and not _LEAD.search(text, max(0, start - 200), start):
            tail = text[end : end + 1]
            if tail == "." and text[end + 1 : end + 5].isalnum() and "/" in token:
                continue  # a path with an extension
            yield _Span(start, end, "entropy", start)
            done = end


def _is_literal(value: str) -> bool:
    return bool(value.strip()) and not _PLACEHOLDER.match(value.strip())


def _is_name(value: str) -> bool:
    """Whether a value is itself the name of a secret, as in ``token=db_token``."""
    return not _DIGIT.search(value) and bool(_name(value).kind)


def _looks_secret(value: str, name: _Name) -> bool:
    """Whether a quoted value bound to a secret name is the secret itself."""
    if not _is_literal(value):
        return False
    body = value.strip()
    if _PLAIN_URL.match(body) or _ENV_SHAPE.match(body):
        return False
    if name.connection:
        return len(body) >= 6 and not _FILE.match(body) and "memory" not in body
    if " " in body:
        # prompts, messages and help, not pass phrases
        if body[-1] in ":.?!>" or _NAME_HINT.search(body.lower()) or not name.strong:
            return False
        return "%" not in body and "{" not in body and "\n" not in body and len(body) < 100
    if name.strong:
        return not (body[0] in "/~" and len(body) > 1 and "/" in body[1:]) and not _TYPE_WORD.match(
            body
        )
    if len(body) < 6 or _FILE.match(body) or _DOTTED.match(body) or _is_name(body):
        return False
    if any(c in body for c in "()[]{}|*^$") and not any(c.isdigit() for c in body):
        return False
    return len(body) >= 8 or not body.replace("_", "").replace("-", "").isalpha()


def _looks_secret_bare(value: str, name: _Name, *, colon: bool, alone: bool) -> bool:
    """Whether an unquoted value is a secret: prose and code stand there more often."""
    if not _looks_secret(value, name) or _TYPE_WORD.match(value):
        return False
    digits = any(c.isdigit() for c in value)
    if any(c in value for c in "()[]{}") and not digits:
        return False
    if re.match(r"[\w.]+\(|[\w.]+\[", value) or _DOTTED.match(value) or _is_name(value):
        return False
    if colon and not alone:
        return digits and len(value) >= 6 and any(c.isalpha() for c in value)
    if not alone:
        return len(value) >= 4 and (digits or len(value) >= 6)
    return not value.endswith((".", ":"))


def _value_end(text: str, at: int, opener: str) -> int:
    """Where the quoted value that starts at ``at`` ends; its line's end when it is not closed."""
    if len(opener) == 1:
        closing = re.compile(rf"(?:[^{opener}\\\r\n]++|\\.)*+").match(text, at, at + 8192)
        return closing.end() if closing else at
    end = text.find(opener, at, at + 8192)
    if end >= 0:
        return end
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _line_ends(text: str, at: int) -> bool:
    rest = text[at : at + 40].lstrip(" \t,;")
    return not rest or rest[0] in "\r\n\"'`\\<#"


def _pair_spans(text: str) -> Iterator[_Span]:
    """Values after a secret name and a separator: JSON, YAML, INI, .env, keywords, queries."""
    done = 0
    for pair in _PAIR.finditer(text):
        if pair.start() < done:
            continue  # inside a value already taken
        raw = pair["name"]
        name = _name(raw)
        before = text[pair.start() - 1 : pair.start()] if pair.start() else "\n"
        query = before in "?&;" and raw.lower() in _QUERY_NAMES
        if not name.kind and not query:
            continue
        if query and not name.kind:
            name = _Name("url", True)
        at = pair.end()
        separator = pair["sep"].strip()
        opened = _OPEN.match(text, at)
        if opened:
            start = opened.end()
            end = _value_end(text, start, opened["quote"])
            scheme = re.match(r"(?i:bearer|basic|token)\s+", text[start:end])
            start += scheme.end() if scheme else 0
            if separator == "," and not (pair["close"] and _DIGIT.search(text, start, end)):
                continue  # a list of names, not a name and its value
            if _looks_secret(text[start:end], name):
                yield _Span(start, end, name.kind, pair.start())
            continue
        if pair["close"] and separator == ":" and text[at : at + 1].isdigit():
            number = re.compile(r"\d{4,}").match(text, at)  # {"password": 12345678}
            if number and name.strong:
                yield _Span(at, number.end(), name.kind, pair.start())
            continue
        line_start = (
            before in "\r\n"
            or text.startswith(("\\n", "\\r"), pair.start() - 2)
            or text[max(0, pair.start() - 12) : pair.start()]
            .strip(" \t-")
            .endswith(("export", "\n", "set", "setx", "ENV"))
        )
        bare = (_BARE if line_start and separator in ("=", ":") else _BARE_FIELD).match(text, at)
        if not bare:
            continue
        if separator == "=" and not line_start:
            whole = _BARE.match(text, at)
            if whole and not query and "=" not in whole.group()[len(bare.group()) :]:
                bare = whole  # what follows the comma or & is no field: part of the value
        end = at + len(bare.group().rstrip(",;)]}" if not line_start else ",;"))
        value = text[at:end]
        if separator.startswith(("<", ">")):
            if _looks_secret(value, name):
                yield _Span(at, end, name.kind, pair.start())
            continue
        if separator in ("", "|"):  # columns: only a value that cannot be a word or a number
            if not (
                name.strong
                and len(value) >= 6
                and re.search(r"\d", value)
                and re.search(r"[A-Za-z]", value)
            ):
                continue
            if re.match(r"[\d.]+(?:e[+-]?\d+|\w{1,4}\d*)?\Z", value):
                continue
        colon = separator == ":" or separator.startswith(("is", "-"))
        if _looks_secret_bare(value, name, colon=colon, alone=_line_ends(text, end)) and not (
            text[end : end + 1] == "(" or (text[end : end + 1] == "[" and not line_start)
        ):
            done = end
            yield _Span(at, end, name.kind, pair.start())


def _shape_spans(text: str, low: str, *, in_shell: bool) -> Iterator[_Span]:
    """Shapes that carry a secret whatever its name: keys, URLs, headers, commands."""
    if "PRIVATE KEY" in text:
        for found in _PEM.finditer(text):
            yield _Span(found.start(), found.end(), "key", found.start())
    if "://" in text and "@" in text:
        for found in _URL.finditer(text):
            group = "password" if found["password"] else "user"
            if group == "user" and not _DIGIT.search(found["user"]):
                continue
            if _is_literal(found[group]) and not found[group].startswith(("{", "$", "%(", "%s")):
                yield _Span(*found.span(group), "url", found.start())
    if "authorization" in low or "cookie" in low:
        for found in _HEADER.finditer(text):
            value = found["value"]
            if found["auth"]:
                good = found["scheme"] or (_DIGIT.search(value) and " " not in value.strip())
                if not good or not _is_literal(value) or value[0] in "%$":
                    continue
                start, end = found.span("value")
                if "," not in value and "=" not in value:
                    end = start + len(value.split()[0]) if value.split() else end
                if _TYPE_WORD.match(text[start:end]) or (
                    not _DIGIT.search(text[start:end]) and end - start < 8
                ):
                    continue
                yield _Span(start, end, "token", found.start())
            elif re.match(r"\s*[\w.-]+=[^\s=;,()]{6,}", value) and "(" not in value:
                yield _Span(*found.span("value"), "cookie", found.start())
    if "bearer" in low or "basic " in low or "token " in low:
        for found in _SCHEME.finditer(text):
            value = found["value"]
            mixed = _DIGIT.search(value) and re.search("[A-Za-z]", value) and len(value) >= 12
            if (mixed or _is_random(value)) and not _FILE.match(value) and "/" not in value[1:3]:
                yield _Span(*found.span("value"), "token", found.start())
    if any(command in low for command in _COMMANDS):
        for found in _COMMAND.finditer(text):
            if found["name"] and not is_secret_name(found["name"]):
                continue
            if _is_literal(found["value"]) and not _FILE.match(found["value"]):
                yield _Span(*found.span("value"), "password", found.start())
    if "--" in text:
        for found in _FLAG.finditer(text):
            name, value = _name(found["name"]), found["value"]
            if not name.kind or not _looks_secret(value, name) or re.fullmatch(r"[A-Z_]+", value):
                continue  # `--token TOKEN` is a usage line
            if in_shell or found["quote"] or (_DIGIT.search(value) and len(value) >= 6):
                yield _Span(*found.span("value"), name.kind, found.start())
    spaced = ("key" in low or "secret" in low or "token" in low) and _RUN.search(text)
    for found in _SPACED.finditer(text) if spaced else ():
        value = found["value"]
        if _name(found["name"]).strong and _DIGIT.search(value) and (_is_random(value) or in_shell):
            yield _Span(*found.span("value"), _name(found["name"]).kind, found.start())
    for found in _HEX_40.finditer(text):  # a W&B key, where its neighbours do not say digest
        beside = _BESIDE_HEX.search(text, max(0, found.start() - 70), found.start())
        if beside:
            yield _Span(*found.span(), "key", found.start())


def _text_spans(text: str, low: str, *, in_shell: bool = False) -> list[_Span]:
    spans = list(_run_spans(text))
    if in_shell or not _is_clean(text, low):
        spans += _shape_spans(text, low, in_shell=in_shell)
        spans += _pair_spans(text)
    return spans


def _apply(text: str, spans: list[_Span]) -> tuple[str, int]:
    """The text with marks in place of spans; of two that overlap the union, named by the first."""
    pieces: list[str] = []
    done = 0
    count = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.end <= done:
            continue
        if span.start < done:  # an overlap: already marked, drop the rest too
            done = span.end
            continue
        pieces += (text[done : span.start], _mark(span.kind, span.form))
        done = span.end
        count += 1
    pieces.append(text[done:])
    return "".join(pieces), count


_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def _colour_free_spans(text: str) -> list[_Span]:
    """Spans of the text under its colours: IPython's tracebacks colour every token apart."""
    pieces: list[str] = []
    shown: list[int] = []  # where each piece starts in the text without colours
    placed: list[int] = []  # and where in the text with them
    at = size = 0
    for stop, resume in [*(found.span() for found in _COLOUR.finditer(text)), (len(text), 0)]:
        if stop > at:
            pieces.append(text[at:stop])
            shown.append(size)
            placed.append(at)
            size += stop - at
        at = resume
    plain = "".join(pieces)

    def original(position: int) -> int:
        piece = bisect_right(shown, position) - 1
        return placed[piece] + position - shown[piece]

    return [
        span._replace(start=original(span.start), end=original(span.end - 1) + 1)
        for span in _text_spans(plain, plain.lower())
    ]


def redact_text(text: str) -> Redacted:
    """Any text without the secrets in it.

    Parameters
    ----------
    text : str
        Output streams, HTML, JSON, tracebacks, paths, URLs.

    Returns
    -------
    Redacted
        The text and the number of replacements; redacting again changes nothing.

    Notes
    -----
    A secret with no telling name, format or shape (``print("hunter2")``) is found only by a
    `SecretMemory` that saw it before. Ids drawn at random (20 and more characters of mixed case
    and digits) are taken for secrets outside URLs and paths.

    Examples
    --------
    >>> redact_text("postgres://ann:hunter2@db/x").text
    'postgres://ann:‹redacted:url›@db/x'
    """
    count = 0
    for _ in range(_PASSES):
        spans = _colour_free_spans(text) if "\x1b[" in text else _text_spans(text, text.lower())
        if not spans:
            break
        text, found = _apply(text, spans)
        count += found
    return Redacted(text, count)


# --- code ------------------------------------------------------------------------------------

_LEX = re.compile(
    r"(?P<space>[ \t\f]+|\\\r?\n)|(?P<line>\r?\n|\r)|(?P<comment>\#[^\r\n]*)"
    r"|(?P<string>(?P<prefix>[rRbBuUfFtT]{0,2})(?P<quote>\"\"\"|'''|\"|'))"
    r"|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)"
    r"|(?P<op>==|!=|<=|>=|:=|->|\+=|\|=|//|\*\*|.)",
    re.DOTALL,
)
_BODY = {
    '"': re.compile(r'(?:[^"\\\r\n]++|\\(?:\r\n|.))*+', re.DOTALL),
    "'": re.compile(r"(?:[^'\\\r\n]++|\\(?:\r\n|.))*+", re.DOTALL),
    '"""': re.compile(r'(?:[^"\\]++|\\.|"(?!""))*+', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\]++|\\.|'(?!''))*+", re.DOTALL),
}
_FORMATTED = {
    '"': re.compile(
        r'(?:[^"\\\r\n{]++|\\N\{[^{}"\r\n]*\}|\\(?:\r\n|[^{])|\\(?=\{)|\{\{)*+', re.DOTALL
    ),
    "'": re.compile(
        r"(?:[^'\\\r\n{]++|\\N\{[^{}'\r\n]*\}|\\(?:\r\n|[^{])|\\(?=\{)|\{\{)*+", re.DOTALL
    ),
    '"""': re.compile(r'(?:[^"\\{]++|\\N\{[^{}"]*\}|\\[^{]|\\(?=\{)|"(?!"")|\{\{)*+', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\{]++|\\N\{[^{}']*\}|\\[^{]|\\(?=\{)|'(?!'')|\{\{)*+", re.DOTALL),
}
_REST = re.compile(r"(?:[^\\\r\n]++|\\(?:\r\n|.))*+", re.DOTALL)  # a shell line may continue
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
# cell magics whose body is Python; the body of any other is text in some other language
_PYTHON_MAGICS = _words(
    "time timeit capture prun mlops memit mprun lprun snakeviz heat pyinstrument scalene px "
    "python python3 pypy"
)
_STATEMENT_WORDS = _words(
    "False None True and as assert async await break case class continue def del elif else "
    "except finally for from global if import in is lambda match nonlocal not or pass raise "
    "return try type while with yield print exec"
)
# calls whose second argument belongs to the name in the first
_BY_NAME = _words(
    "get getenv setdefault setattr getattr setenv add_header set put pop option config "
    "set_option set_key putenv header append_header insert update_header set_secret"
)
_BY_SECOND_NAME = frozenset(("setattr", "getattr", "set_key", "set"))
_FIELDS = frozenset(("field", "Field", "attrib", "Param", "Option", "Argument", "Column"))
_WRAPPERS = _words(
    "SecretStr SecretBytes Secret str bytes bytearray quote quote_plus b64encode b64decode "
    "Field HTTPBasicAuth HTTPDigestAuth BasicAuth"
)
_NOT_SECRET_KEYS = _words(
    "user username user_name login email host hostname port type scheme name url region "
    "project client_id path kind method in description"
)


class _Frame:
    """What is known inside one bracket (or the statement): whether the next literal is a secret."""

    __slots__ = (
        "annotated", "armed", "callee", "first", "inherited", "items", "last", "last_kind",
        "opener", "quote", "taken", "targets", "words",
    )  # fmt: skip

    def __init__(self, opener: str, callee: str = "", inherited: _Name = _PLAIN_NAME) -> None:
        self.opener = opener
        self.callee = callee
        self.inherited = inherited  # from `password = (`, `secrets = {`, `auth = (`
        self.quote = ("", "")  # of the f-string that an expression stands in
        self.first: str | None = None  # the text of a first item that is one literal
        self.reset()

    def reset(self) -> None:
        self.armed = self.inherited
        self.taken = False  # a literal of this expression was a secret: the rest of it is too
        self.last = ""
        self.last_kind = ""
        self.annotated = ""
        self.targets: list[str] = []
        self.items = 0
        self.words = 0

    def next_item(self) -> None:
        self.items += 1
        self.armed = self.inherited
        self.taken = False
        self.last = self.last_kind = self.annotated = ""
        self.words = 0


class _Scan:
    """One pass over source: literals that a name makes secret, and where text may be changed."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.spans: list[_Span] = []
        self.regions: list[tuple[int, int, str]] = []  # start, end, form
        self.shells: list[tuple[int, int]] = []
        self.stack = [_Frame("")]
        self.literal = -1  # where the last literal starts

    def run(self) -> None:
        source, size, at = self.source, len(self.source), 0
        stack = self.stack
        while at < size:
            token = _LEX.match(source, at)
            if token is None:  # cannot happen: the last alternative takes any character
                break
            kind = token.lastgroup
            frame = stack[-1]
            end = token.end()
            if kind == "space":
                at = end
                continue
            if kind == "name":
                end = self._name(frame, token.group(), at, end)
            elif kind == "op":
                end = self._operator(frame, token.group(), at, end)
            elif kind == "line":
                if len(stack) == 1:
                    frame.reset()
            elif kind == "comment":
                self.regions.append((at, end, "mark"))
            elif kind == "number":
                self._number(frame, token.group(), at, end)
            else:  # lastgroup is the inner group, or "string"
                end = self._string(frame, token["prefix"].lower(), token["quote"], end)
            at = end

    def _shell(self, at: int) -> int:
        rest = _REST.match(self.source, at)
        end = rest.end() if rest else len(self.source)
        self.shells.append((at, end))
        return end

    def _name(self, frame: _Frame, word: str, at: int, end: int) -> int:
        if len(word) >= 20 and _KNOWN.fullmatch(word):  # a token pasted without quotes
            self.spans.append(_Span(at, end, "token", at, "literal"))
        lone = frame.last_kind == "name" and not frame.opener and frame.words == 1
        if lone and frame.last not in _STATEMENT_WORDS and word not in _STATEMENT_WORDS:
            return self._shell(at)  # two names in a row: automagic or shell, not Python
        if word in ("in", "is") and frame.last_kind:
            frame.last_kind = "compare"
            return end
        if frame.last_kind != "dot":
            frame.words += 1
        frame.last, frame.last_kind = word, "name"
        return end

    def _number(self, frame: _Frame, word: str, at: int, end: int) -> None:
        if frame.armed.strong and frame.last_kind == "=" and word.isdigit() and len(word) >= 4:
            self.spans.append(_Span(at, end, frame.armed.kind, at, "literal"))
        frame.last, frame.last_kind = word, "number"

    def _arm(self, frame: _Frame, by: str) -> None:
        name = _name(by)
        if name.kind:
            frame.armed = name
        elif frame.opener or not frame.armed.kind:  # `password = x = "..."` stays armed
            frame.armed = frame.inherited

    def _operator(self, frame: _Frame, op: str, at: int, end: int) -> int:
        stack = self.stack
        if op in "([{":
            called = op != "{" and frame.last_kind in ("name", "close")
            called = called or (op == "[" and frame.last_kind == "str")
            callee = frame.last if called and frame.last_kind == "name" else ""
            inherited = _PLAIN_NAME
            if not called or callee in _WRAPPERS:
                inherited = frame.armed
            elif callee.startswith("set_") and op == "(" and _name(callee[4:]).strong:
                inherited = _name(callee[4:])
            child = _Frame(op, callee or ("?" if called else ""), inherited)
            if callee in _BY_NAME and frame.armed.kind:
                child.first = ""  # armed from outside: `password = environ.get("PW", "...")`
            frame.last_kind = "open"
            stack.append(child)
            return end
        if op in ")]}":
            if len(stack) == 1:
                frame.last_kind = "close"
                return end
            stack.pop()
            if frame.opener == "f{":
                return self._formatted(frame.quote[0], frame.quote[1], end)
            outer = stack[-1]
            if op == "]" and frame.callee and frame.last_kind == "str" and frame.items == 0:
                outer.last = frame.last  # d["password"] is a name too
            elif frame.callee:
                outer.last = ""
            outer.last_kind = "close"
            return end
        if op in ("=", ":=", "+=", "|="):
            if (
                frame.opener == "("
                and frame.first
                and frame.last in ("default", "value", "initial")
            ):
                frame.armed = _name(frame.first.lstrip("-"))  # add_argument("--token", default=…)
            elif frame.callee in _FIELDS and frame.last == "default" and len(stack) > 1:
                frame.armed = stack[-2].armed  # `password: str = field(default="...")`
            elif frame.callee == "login" and frame.last == "key":
                frame.armed = _Name("key", False)  # wandb.login(key="...")
            else:
                named = frame.annotated or (
                    frame.last if frame.last_kind in ("name", "close") else ""
                )
                self._arm(frame, named)
                if frame.targets and not frame.opener:
                    frame.targets.append(named)
                    frame.armed = _name(frame.targets[0])
                    frame.items = 0
            frame.last_kind = "="
            return end
        if op == ",":
            if not frame.opener:
                if frame.armed.kind or frame.items or frame.last_kind == "str":
                    frame.items += 1
                    if frame.items < len(frame.targets):
                        frame.armed = _name(frame.targets[frame.items])
                elif frame.last_kind in ("name", "close"):
                    frame.targets.append(frame.last)
                frame.last_kind = ","
                return end
            lone = frame.last_kind == "str" and frame.items == 0 and not frame.armed.kind
            key = frame.last if lone else None
            second = frame.callee in _BY_SECOND_NAME and frame.items == 1
            if second and frame.last_kind == "str":
                key = frame.last
            if frame.first is None and key is not None:
                frame.first = key
            outside = frame.first == "" and frame.callee in _BY_NAME
            frame.next_item()
            if outside and len(stack) > 1:
                frame.armed = stack[-2].armed
            elif frame.callee == "login" and frame.items == 1:
                frame.armed = _Name("password", False)  # smtp.login(user, "...")
            elif key is not None and frame.opener == "(":
                paired = _name(key.lstrip("-"))
                if paired.kind and frame.callee in _BY_NAME:
                    frame.armed = paired
                elif paired.kind and not frame.callee:  # ("password", "hunter2")
                    frame.armed = _Name(paired.kind, False)
            return end
        if op == ":":
            if frame.opener == "{":
                if frame.last_kind == "str" and self.spans and self.spans[-1].start == self.literal:
                    self.spans.pop()  # it was a key, not a member of a set
                    frame.taken = False
                by = frame.last if frame.last_kind in ("str", "name", "close") else ""
                name = _name(by)
                frame.armed = name if name.kind else (
                    _PLAIN_NAME if by.lower() in _NOT_SECRET_KEYS else frame.inherited
                )  # fmt: skip
                frame.last_kind = "="
                return end
            if frame.opener == "f{":
                return self._format_spec(end)
            if frame.words == 1 and frame.last_kind in ("name", "close"):
                frame.annotated = frame.last
            elif not frame.opener:
                frame.reset()
            frame.last_kind = ":"
            return end
        if op == ";" and not frame.opener:
            frame.reset()
            return end
        if op == "!" and frame.opener != "f{":
            return self._shell(at)  # never Python outside an f-string
        if op == "%" and not frame.opener and frame.last_kind in ("", "="):
            return self._shell(at)
        if op in ("==", "!="):
            compared = _name(frame.last) if frame.last_kind in ("name", "close") else _PLAIN_NAME
            if compared.kind == "password" and not frame.armed.kind:
                frame.last_kind = "check"
                frame.armed = _Name(compared.kind, False)  # `if password == "hunter2"`
            else:
                frame.last_kind = "compare"
            return end
        if op == ".":
            frame.last_kind = "dot"
            return end
        frame.last_kind = "op"
        return end

    def _string(self, frame: _Frame, prefix: str, quote: str, at: int) -> int:
        if "f" in prefix or "t" in prefix:
            return self._formatted(prefix, quote, at)
        body = _BODY[quote].match(self.source, at)
        end = body.end() if body else len(self.source)
        self._literal(frame, at, end, prefix)
        frame.last, frame.last_kind = self.source[at:end], "str"
        return end + len(quote) if self.source.startswith(quote, end) else end

    def _formatted(self, prefix: str, quote: str, at: int) -> int:
        """A stretch of an f-string up to its end or to an expression, which is code again."""
        frame = self.stack[-1]
        body = _FORMATTED[quote].match(self.source, at)
        end = body.end() if body else len(self.source)
        if end > at:
            self._literal(frame, at, end, prefix)
        if self.source.startswith("{", end):
            child = _Frame("f{")
            child.quote = (prefix, quote)
            self.stack.append(child)
            return end + 1
        frame.last, frame.last_kind = "", "str"
        return end + len(quote) if self.source.startswith(quote, end) else end

    def _format_spec(self, at: int) -> int:
        depth = 0
        while at < len(self.source) and self.source[at] not in "\"'\r\n":
            if self.source[at] == "{":
                depth += 1
            elif self.source[at] == "}":
                if not depth:
                    break
                depth -= 1
            at += 1
        return at

    def _literal(self, frame: _Frame, start: int, end: int, prefix: str) -> None:
        form = "ascii" if "b" in prefix else "mark"
        self.regions.append((start, end, form))
        self.literal = start
        name = frame.armed
        if not name.kind or frame.last_kind == "compare":
            return
        pair = frame.inherited.kind == "token" and not frame.inherited.strong
        if pair and frame.opener == "(" and frame.items == 0:
            frame.inherited = frame.armed = _Name("password", True)
            return  # auth=("user", "password"): the user stays
        value = self.source[start:end]
        scheme = re.match(r"(?i:bearer|basic|token)\s+", value)
        start += scheme.end() if scheme else 0
        if frame.last_kind == "check":
            frame.armed = frame.inherited
        taken = frame.taken and frame.last_kind in ("str", "op")
        if (taken and self.source[start:end].strip() and not MARK.search(value)) or _looks_secret(
            self.source[start:end], name
        ):
            frame.taken = True
            self.spans.append(_Span(start, end, name.kind, start, form))


def _code_spans(source: str, low: str) -> list[_Span]:
    hinted = not _is_clean(source, low)
    runs = [] if hinted else list(_run_spans(source))
    if not hinted and not runs:
        return []
    scan = _Scan(source)
    scan.run()
    spans = scan.spans
    found = _text_spans(source, low) if hinted else runs
    magic = _CELL_MAGIC.match(source)
    if magic and magic[1] not in _PYTHON_MAGICS:
        return spans + _text_spans(
            source, low, in_shell=magic[1] in ("bash", "sh", "script", "cmd")
        )
    regions = sorted(scan.regions)
    starts = [region[0] for region in regions]
    for span in found:
        at = bisect_right(starts, span.start) - 1
        if at < 0:
            continue
        start, end, form = regions[at]
        # evidence in another literal or in code is the scan's to judge
        if span.start >= end or span.anchor < start:
            continue
        stop = min(span.end, end)
        begin = span.start
        while begin > start and _splits_escape(source, start, begin):
            begin -= 1
        while stop < end and _splits_escape(source, start, stop):
            stop += 1
        spans.append(_Span(begin, stop, span.kind, span.anchor, form))
    for start, end in scan.shells:
        line = source[start:end]
        for span in _text_spans(line, line.lower(), in_shell=True):
            spans.append(_Span(start + span.start, start + span.end, span.kind, start))
    return spans


def _splits_escape(source: str, start: int, at: int) -> bool:
    backslashes = at
    while backslashes > start and source[backslashes - 1] == "\\":
        backslashes -= 1
    return (at - backslashes) % 2 == 1


def redact_code(source: str) -> Redacted:
    """Source of a cell without its secrets, valid Python where it was.

    Parameters
    ----------
    source : str
        Python or IPython source, which need not parse: literals, comments, magics, shell lines.

    Returns
    -------
    Redacted
        The source and the number of replacements. A redacted literal stays a literal of its own
        type and prefix; in bytes literals the mark is ``<redacted:KIND>``. A secret number
        becomes a string.

    Examples
    --------
    >>> redact_code('connect("db", password="hunter2")').text
    'connect("db", password="‹redacted:password›")'
    """
    count = 0
    for _ in range(_PASSES):
        spans = _code_spans(source, source.lower())
        if not spans:
            break
        source, found = _apply(source, spans)
        count += found
    return Redacted(source, count)


# --- values ----------------------------------------------------------------------------------


def redact_value(name: str, value: object) -> object:
    """A param or JSON value without its secrets.

    Parameters
    ----------
    name : str
        The param's name or path; when it names a secret, every scalar below is replaced.
    value : object
        Scalars, str, and lists, tuples and dicts of them. None, booleans, empty strings and
        placeholders stay; values of other types stay unless the name is secret.

    Returns
    -------
    object
        The value itself, or a copy with marks.
    """
    return _redact_value(_name(name), value, _DEPTH)


def _redact_value(name: _Name, value: object, depth: int) -> object:
    if not depth:
        return _mark("depth")
    if isinstance(value, str):
        if not name.kind:
            return redact_text(value).text
        inner = redact_text(value)
        if name.connection and (inner.count or _PLAIN_URL.match(value)):
            return inner.text
        return _mark(name.kind) if _is_literal(value) else value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {
            redact_text(key).text if isinstance(key, str) else key: _redact_value(
                _inner_name(name, key), item, depth - 1
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_redact_value(name, item, depth - 1) for item in value]
    if type(value) is tuple:
        return tuple(_redact_value(name, item, depth - 1) for item in value)
    return _mark(name.kind) if name.kind else value


def _inner_name(outer: _Name, key: object) -> _Name:
    text = str(key) if isinstance(key, (str, int)) else ""
    name = _name(text)
    if name.kind:
        return name
    return _PLAIN_NAME if text.lower() in _NOT_SECRET_KEYS else outer


# --- memory ----------------------------------------------------------------------------------

_ESCAPE = re.compile(
    r"\\(?:\r?\n|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)", re.DOTALL
)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a",
                  "b": "\b", "f": "\f", "v": "\v"}  # fmt: skip


def _unescaped(body: str) -> str:
    def one(found: re.Match[str]) -> str:
        code = found.group()[1:]
        if code[0] in "xuU" and len(code) > 1:
            point = int(code[1:], 16)
            return chr(point) if point < 0x110000 else ""
        if code[0] in "01234567":
            return chr(int(code, 8))
        if code[0] in "\r\n":
            return ""
        return _PLAIN_ESCAPES.get(code, found.group())

    return _ESCAPE.sub(one, body)


class SecretMemory:
    """Secret values seen in a session, so that they are found wherever they turn up later.

    The values live in this object only: they are never shown, compared or pickled.

    Notes
    -----
    Values shorter than six characters, and values that are themselves names of secrets
    (``"password"``), are not remembered: replacing them everywhere would ruin ordinary text.
    """

    __slots__ = ("_forms", "_pattern", "_values")

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<SecretMemory of {len(self._values)} values>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SecretMemory stays in its process")

    def learn(self, source: str) -> None:
        """Remember the literal secrets in a cell's source, `_LEARN_CHARACTERS` and longer."""
        spans = sorted(set(_code_spans(source, source.lower())))
        joined = ""
        previous = 0
        for span in spans:
            piece = source[span.start : span.end]
            value = _unescaped(piece)
            between = source[previous : span.start]
            # "hunter2" "secret" and "hunter2" + "secret" are one value
            adjacent = joined and len(between) < 200 and re.fullmatch(
                r"[\"']{1,3}[\s\\+()]*[rRbBuUfF]{0,2}[\"']{1,3}", between
            )  # fmt: skip
            joined = joined + value if adjacent else value
            self.add(value)
            self.add(piece)
            if adjacent:
                self.add(joined)
            previous = span.end

    def add(self, value: str) -> None:
        """Remember one value; short ones, marks and names of secrets are passed over."""
        value = value.strip()
        if len(value) < _LEARN_CHARACTERS or not _is_literal(value) or _is_name(value):
            return
        if value in self._values:
            return
        self._values.add(value)
        self._forms.update(_forms(value))
        if "\n" in value:  # a key printed line by line
            for line in value.splitlines():
                if len(line.strip()) >= 16 and not line.startswith("-----"):
                    self._forms.update(_forms(line.strip()))
        self._pattern = None

    def redact(self, text: str) -> Redacted:
        """`redact_text`, and every remembered value in the forms that it takes in text."""
        text, count = self._replace(text, "mark")
        found = redact_text(text)
        return Redacted(found.text, found.count + count)

    def redact_code(self, source: str) -> Redacted:
        """`redact_code`, and every remembered value inside literals, comments and shell lines."""
        if not self._forms or not self._compiled().search(source):
            return redact_code(source)
        scan = _Scan(source)
        scan.run()
        pieces: list[str] = []
        done = count = 0
        areas = scan.regions + [(start, end, "mark") for start, end in scan.shells]
        for start, end, form in sorted(areas):
            text, found = self._replace(source[start:end], form)
            pieces += (source[done:start], text)
            done = end
            count += found
        pieces.append(source[done:])
        rest = redact_code("".join(pieces))
        return Redacted(rest.text, rest.count + count)

    def redact_value(self, name: str, value: object) -> object:
        """`redact_value`, and every remembered value in its strings."""
        return self._in_value(redact_value(name, value), _DEPTH)

    def _in_value(self, value: object, depth: int) -> object:
        if isinstance(value, str):
            return self._replace(value, "mark")[0]
        if isinstance(value, dict) and depth:
            return {
                self._in_value(key, 1): self._in_value(item, depth - 1)
                for key, item in value.items()
            }
        if isinstance(value, list) and depth:
            return [self._in_value(item, depth - 1) for item in value]
        if type(value) is tuple and depth:
            return tuple(self._in_value(item, depth - 1) for item in value)
        return value

    def _compiled(self) -> re.Pattern[str]:
        if self._pattern is None:
            # longest first, so that no form leaves the tail of a longer one behind
            self._pattern = re.compile(
                "|".join(
                    rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])"
                    if form.isalpha() and len(form) < 8
                    else re.escape(form)
                    for form in sorted(self._forms, key=len, reverse=True)
                )
            )
        return self._pattern

    def _replace(self, text: str, form: str) -> tuple[str, int]:
        if not self._forms:
            return text, 0
        # marks already there are not searched: "redacted" may be somebody's password
        count = 0
        pieces: list[str] = []
        done = 0
        for mark in [*MARK.finditer(text), None]:
            end = mark.start() if mark else len(text)
            piece, found = self._compiled().subn(_mark("remembered", form), text[done:end])
            count += found
            pieces.append(piece)
            if mark:
                pieces.append(mark.group())
                done = mark.end()
        return "".join(pieces), count


def _forms(value: str) -> Iterator[str]:
    """A value as it stands in text, JSON, reprs, URLs, HTML and base64."""
    yield value
    yield repr(value)[1:-1]
    yield value.encode("unicode_escape").decode("ascii")
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield quote(value, safe="")
    yield quote(value)
    yield quote_plus(value)
    yield html.escape(value)
    data = value.encode("utf-8", "surrogatepass")
    yield data.hex()
    for shift in range(3):
        # inside longer data, as "user:password" in Basic, only whole groups of 6 bits are stable
        coded = base64.b64encode(b"\0" * shift + data)
        first = (shift * 8 + 5) // 6
        last = (shift + len(data)) * 8 // 6
        core = coded[first:last].decode("ascii")
        if len(core) >= _LEARN_CHARACTERS:
            yield core
            yield core.replace("+", "-").replace("/", "_")


def secret_environment_values(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Values of environment variables with secret names, for a `SecretMemory`.

    Parameters
    ----------
    environ : Mapping[str, str]
        Such as ``os.environ``; passwords inside credential URLs of other variables count too.

    Returns
    -------
    tuple of str
        Values of eight characters and more, without paths, plain URLs and placeholders.
    """
    values: dict[str, None] = {}
    for key, value in environ.items():
        for found in _URL.finditer(value):
            values[found["password"] or found["user"]] = None
        name = _name(key)
        if not name.kind or not _is_literal(value) or _FILE.match(value) or "://" in value:
            continue
        values[value.strip()] = None
    return tuple(value for value in values if len(value) >= _ENVIRONMENT_CHARACTERS)
