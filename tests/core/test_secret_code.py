"""Secrets in the source of cells."""
# ruff: noqa: E501 - planted shapes read best on one line

import ast
import random
import sysconfig
import textwrap
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import ALNUM, CODE, IPYTHON, TEXT, cases

from celltrail.core.redaction import redact_code

BYTES_MARK = "<redacted:"


@pytest.mark.parametrize(("source", "secret", "kept"), cases(CODE))
def test_python_loses_the_secret_and_still_parses(source, secret, kept):
    ast.parse(source)

    redacted = redact_code(source)

    assert secret not in redacted.text
    assert kept in redacted.text
    assert redacted.count >= 1
    assert "‹redacted:" in redacted.text or BYTES_MARK in redacted.text
    ast.parse(redacted.text)
    assert redact_code(redacted.text) == type(redacted)(redacted.text, 0)


@pytest.mark.parametrize(("source", "secret", "kept"), cases(IPYTHON))
def test_cells_that_are_not_python_lose_the_secret(source, secret, kept):
    redacted = redact_code(source)

    assert secret not in redacted.text
    assert kept in redacted.text
    assert redact_code(redacted.text).count == 0


@pytest.mark.parametrize(
    ("text", "secret", "kept"),
    cases({name: case for name, case in TEXT.items() if "\x1b" not in case[0]}),
)
def test_code_that_prints_a_secret_text_loses_it(text, secret, kept):
    source = f"print({text!r})"

    redacted = redact_code(source)

    assert secret not in redacted.text
    ast.parse(redacted.text)


LITERALS_THAT_STAY = [
    "password = None",
    'password = ""',
    'password = "..."',
    'token = "<your token>"',
    'api_key = "YOUR_API_KEY"',
    'password = os.environ["DB_PASSWORD"]',
    'password = os.environ.get("DB_PASSWORD")',
    "password = getpass()",
    'password = getpass("Password: ")',
    "connect(password=password, token=self.token)",
    'password = keyring.get_password("service", "bob")',
    'tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased", use_auth_token=True)',
    'cfg = {"pad_token": "<pad>", "max_tokens": 512, "eos_token": "endoftext99"}',
    'author = "Ann Example 1234"',
    'df.sort_values(key=lambda s: s, by="primary_key")',
    'd = sorted(rows, key="abc123def456")',
    'e = create_engine("sqlite:///trail.db")',
    'u = f"postgres://{user}:{password}@{host}/db"',
    'u = "postgres://{}:{}@{}/db".format(a, b, c)',
    'h = {"Authorization": f"Bearer {token}"}',
    'x = "d41d8cd98f00b204e9800998ecf8427e"',
    'x = "ct1:0f3a9c51be7d2468ac13579bd02468ce"',
    'x = "550e8400-e29b-41d4-a716-446655440000"',
    'x = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"',
    'p = "/home/ann/Data2023/TrainSetV2Final/part-0001.parquet"',
    "from sklearn.ensemble import HistGradientBoostingClassifier as H",
    'u = "https://drive.google.com/file/d/1aBcD3fGh1jKlMn0pQrStUvWxYz12345/view"',
    'wait = "token expired, please log in again"',
    'if token == "endif12":\n    pass',
]


@pytest.mark.parametrize("source", LITERALS_THAT_STAY)
def test_what_is_not_a_literal_secret_stays(source):
    assert redact_code(source).text == source


_EXPRESSION = st.one_of(
    st.text(max_size=30).map(repr),
    st.text(max_size=20).map(lambda t: repr(t.encode("utf-8", "replace"))),
    st.sampled_from(["'a' 'b'", "f'{x}y'", "f\"{f(password='abc123')}\"", "1234", "g()", "x['token']",
                     "'''a\nb'''", "rb'a\\d'", "f'{x!r:>{n}}'", "{'secret': 'v4lue99'}", "-5",
                     "'https://u:p4ss@h/'", f"'{ALNUM}'", "'a\\\\nb' if x else 'c'"]),
)  # fmt: skip


_NAME = st.sampled_from(["password", "x", "token", "api_key", "d['secret']", "o.auth", "author"])


_STATEMENT = st.one_of(
    st.tuples(_NAME, _EXPRESSION).map(lambda p: f"{p[0]} = {p[1]}"),
    st.tuples(_NAME, _EXPRESSION).map(lambda p: f"f(1, {p[0].split('[')[0].split('.')[0]}={p[1]})"),
    st.tuples(_EXPRESSION, _EXPRESSION).map(lambda p: f"f(({p[0]}), {{'password': {p[1]}}})"),
    _EXPRESSION.map(lambda e: f"def f(token={e}):\n    return {e}"),
    st.text(st.characters(blacklist_characters="\r\n\f", blacklist_categories=["Cs", "Cc"])).map(
        lambda t: f"# token: {t}"
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_STATEMENT, min_size=1, max_size=5).map("\n".join))
def test_valid_source_stays_valid(source):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            ast.parse(source)
        except (SyntaxError, ValueError):
            return

        redacted = redact_code(source)

        ast.parse(redacted.text)
    assert redact_code(redacted.text) == type(redacted)(redacted.text, 0)


def _cells(path):
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            cell = textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno]))
            if len(cell) < 5000:
                yield cell


def _corpus(root):
    if root == "stdlib":
        base = Path(sysconfig.get_path("stdlib"))
        files = [path for path in sorted(base.rglob("*.py")) if "site-packages" not in path.parts]
    else:
        base = Path(sysconfig.get_path("purelib"))
        files = [
            path
            for name in ("pandas", "sklearn", "IPython")
            for path in sorted((base / name).rglob("*.py"))
        ]
    return random.Random(7).sample(files, 150)


@pytest.mark.parametrize("root", ["stdlib", "site-packages"])
def test_real_code_has_at_most_two_percent_false_alarms(root):
    total, changed = 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in _corpus(root):
            try:
                cells = list(_cells(path))
            except (SyntaxError, UnicodeDecodeError, ValueError):
                continue
            for cell in cells:
                total += 1
                redacted = redact_code(cell)
                if redacted.count:
                    pairs = zip(cell.splitlines(), redacted.text.splitlines(), strict=False)
                    changed.append((path.name, *next(p for p in pairs if p[0] != p[1])))

    assert total > 1000
    assert len(changed) <= 0.02 * total, changed
