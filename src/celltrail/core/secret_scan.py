"""One pass over source that need not parse: which literals a name makes secret."""

from __future__ import annotations

import re

from celltrail.core.secret_literals import looks_secret
from celltrail.core.secret_marks import MARK, Span
from celltrail.core.secret_names import NOT_SECRET_KEYS, PLAIN_NAME, Name, secret_name, word_set
from celltrail.core.secret_runs import KNOWN

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
_STATEMENT_WORDS = word_set(
    "False None True and as assert async await break case class continue def del elif else "
    "except finally for from global if import in is lambda match nonlocal not or pass raise "
    "return try type while with yield print exec"
)
# calls whose second argument belongs to the name in the first
_BY_NAME = word_set(
    "get getenv setdefault setattr getattr setenv add_header set put pop option config "
    "set_option set_key putenv header append_header insert update_header set_secret"
)
_BY_SECOND_NAME = frozenset(("setattr", "getattr", "set_key", "set"))
_FIELDS = frozenset(("field", "Field", "attrib", "Param", "Option", "Argument", "Column"))
_WRAPPERS = word_set(
    "SecretStr SecretBytes Secret str bytes bytearray quote quote_plus b64encode b64decode "
    "Field HTTPBasicAuth HTTPDigestAuth BasicAuth"
)


class _Frame:
    """What is known inside one bracket (or the statement): whether the next literal is a secret."""

    __slots__ = (
        "annotated", "armed", "callee", "first", "inherited", "items", "last", "last_kind",
        "opener", "quote", "taken", "targets", "words",
    )  # fmt: skip

    def __init__(self, opener: str, callee: str = "", inherited: Name = PLAIN_NAME) -> None:
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


class Scan:
    """One pass over source: literals that a name makes secret, and where text may be changed."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.spans: list[Span] = []
        self.regions: list[tuple[int, int, str]] = []  # start, end, form
        self.shells: list[tuple[int, int]] = []
        self.stack = [_Frame("")]
        self.literal = -1  # where the last literal starts

    def run(self) -> None:
        """Read the source from end to end."""
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
        if len(word) >= 20 and KNOWN.fullmatch(word):  # a token pasted without quotes
            self.spans.append(Span(at, end, "token", at, "literal"))
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
            self.spans.append(Span(at, end, frame.armed.kind, at, "literal"))
        frame.last, frame.last_kind = word, "number"

    def _arm(self, frame: _Frame, by: str) -> None:
        name = secret_name(by)
        if name.kind:
            frame.armed = name
        elif frame.opener or not frame.armed.kind:  # `password = x = "..."` stays armed
            frame.armed = frame.inherited

    def _operator(self, frame: _Frame, op: str, at: int, end: int) -> int:
        if op in "([{":
            self._open(frame, op)
        elif op in ")]}":
            return self._close(frame, op, end)
        elif op in ("=", ":=", "+=", "|="):
            self._assign(frame)
        elif op == ",":
            self._comma(frame)
        elif op == ":":
            if frame.opener == "f{":
                return self._format_spec(end)
            self._colon(frame)
        elif op == ";" and not frame.opener:
            frame.reset()
        elif op == "!" and frame.opener != "f{":
            return self._shell(at)  # never Python outside an f-string
        elif op == "%" and not frame.opener and frame.last_kind in ("", "="):
            return self._shell(at)
        elif op in ("==", "!="):
            compared = frame.last if frame.last_kind in ("name", "close") else ""
            if secret_name(compared).kind == "password" and not frame.armed.kind:
                frame.last_kind = "check"
                frame.armed = Name("password", False)  # `if password == "hunter2"`
            else:
                frame.last_kind = "compare"
        else:
            frame.last_kind = "dot" if op == "." else "op"
        return end

    def _open(self, frame: _Frame, op: str) -> None:
        called = op != "{" and frame.last_kind in ("name", "close")
        called = called or (op == "[" and frame.last_kind == "str")
        callee = frame.last if called and frame.last_kind == "name" else ""
        inherited = PLAIN_NAME
        if not called or callee in _WRAPPERS:
            inherited = frame.armed
        elif callee.startswith("set_") and op == "(" and secret_name(callee[4:]).strong:
            inherited = secret_name(callee[4:])
        child = _Frame(op, callee or ("?" if called else ""), inherited)
        if callee in _BY_NAME and frame.armed.kind:
            child.first = ""  # armed from outside: `password = environ.get("PW", "...")`
        frame.last_kind = "open"
        self.stack.append(child)

    def _close(self, frame: _Frame, op: str, end: int) -> int:
        if len(self.stack) == 1:
            frame.last_kind = "close"
            return end
        self.stack.pop()
        if frame.opener == "f{":
            return self._formatted(frame.quote[0], frame.quote[1], end)
        outer = self.stack[-1]
        if op == "]" and frame.callee and frame.last_kind == "str" and frame.items == 0:
            outer.last = frame.last  # d["password"] is a name too
        elif frame.callee:
            outer.last = ""
        outer.last_kind = "close"
        return end

    def _assign(self, frame: _Frame) -> None:
        if (
            frame.opener == "(" and frame.first and frame.last in ("default", "value", "initial")
        ):  # add_argument("--token", default=...)
            frame.armed = secret_name(frame.first.lstrip("-"))
        elif frame.callee in _FIELDS and frame.last == "default" and len(self.stack) > 1:
            frame.armed = self.stack[-2].armed  # `password: str = field(default="...")`
        elif frame.callee == "login" and frame.last == "key":
            frame.armed = Name("key", False)  # wandb.login(key="...")
        else:
            named = frame.annotated or (frame.last if frame.last_kind in ("name", "close") else "")
            self._arm(frame, named)
            if frame.targets and not frame.opener:
                frame.targets.append(named)
                frame.armed = secret_name(frame.targets[0])
                frame.items = 0
        frame.last_kind = "="

    def _comma(self, frame: _Frame) -> None:
        if not frame.opener:
            if frame.armed.kind or frame.items or frame.last_kind == "str":
                frame.items += 1
                if frame.items < len(frame.targets):
                    frame.armed = secret_name(frame.targets[frame.items])
            elif frame.last_kind in ("name", "close"):
                frame.targets.append(frame.last)
            frame.last_kind = ","
            return
        lone = frame.last_kind == "str" and frame.items == 0 and not frame.armed.kind
        key = frame.last if lone else None
        if frame.callee in _BY_SECOND_NAME and frame.items == 1 and frame.last_kind == "str":
            key = frame.last
        if frame.first is None and key is not None:
            frame.first = key
        outside = frame.first == "" and frame.callee in _BY_NAME
        frame.next_item()
        if outside and len(self.stack) > 1:
            frame.armed = self.stack[-2].armed
        elif frame.callee == "login" and frame.items == 1:
            frame.armed = Name("password", False)  # smtp.login(user, "...")
        elif key is not None and frame.opener == "(":
            paired = secret_name(key.lstrip("-"))
            if paired.kind and frame.callee in _BY_NAME:
                frame.armed = paired
            elif paired.kind and not frame.callee:  # ("password", "hunter2")
                frame.armed = Name(paired.kind, False)

    def _colon(self, frame: _Frame) -> None:
        if frame.opener == "{":
            if frame.last_kind == "str" and self.spans and self.spans[-1].start == self.literal:
                self.spans.pop()  # it was a key, not a member of a set
                frame.taken = False
            by = frame.last if frame.last_kind in ("str", "name", "close") else ""
            name = secret_name(by)
            inherited = PLAIN_NAME if by.lower() in NOT_SECRET_KEYS else frame.inherited
            frame.armed = name if name.kind else inherited
            frame.last_kind = "="
            return
        if frame.words == 1 and frame.last_kind in ("name", "close"):
            frame.annotated = frame.last
        elif not frame.opener:
            frame.reset()
        frame.last_kind = ":"

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
            frame.inherited = frame.armed = Name("password", True)
            return  # auth=("user", "password"): the user stays
        value = self.source[start:end]
        scheme = re.match(r"(?i:bearer|basic|token)\s+", value)
        start += scheme.end() if scheme else 0
        if frame.last_kind == "check":
            frame.armed = frame.inherited
        taken = frame.taken and frame.last_kind in ("str", "op")
        if (taken and self.source[start:end].strip() and not MARK.search(value)) or looks_secret(
            self.source[start:end], name
        ):
            frame.taken = True
            self.spans.append(Span(start, end, name.kind, start, form))
