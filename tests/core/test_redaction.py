"""Secrets in code, text and values; every planted shape is fictional."""
# ruff: noqa: E501, RUF001 - planted shapes read best on one line, marks are ‹›

import ast
import json
import pickle
import random
import sysconfig
import textwrap
import time
import warnings
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celltrail.core.redaction import (
    SecretMemory,
    is_secret_name,
    redact_code,
    redact_text,
    redact_value,
    secret_environment_values,
)

S = "hunter2Secret9x"
HEX32 = "0f3a9c51be7d2468ac13579bd02468ce"
HEX40 = "c0ffee12ab34cd56ef7890ab12cd34ef56ab78cd"
ALNUM = "Zk3vQ9pLx2Wm7Rt5Yb8Nc4Hd6Jf1Gs0aTq2u"
AWS = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ83kP0Lw5"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
PEM_BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
PEM = (
    f"-----BEGIN RSA PRIVATE KEY-----\n{PEM_BODY}\n{PEM_BODY[::-1]}\n-----END RSA PRIVATE KEY-----"
)
BYTES_MARK = "<redacted:"

# id: (source, the secret, text that must stay)
CODE = {
    "assignment": (f'password = "{S}"\nx = 1', S, "x = 1"),
    "single-quotes": (f"db_password = '{S}'", S, "db_password = '"),
    "word": ('password = "changeme"', "changeme", "password = "),
    "letters-only-token": ('auth_token = "qwertzuiopasdf"', "qwertzuiopasdf", "auth_token"),
    "upper": (f'API_KEY = "{S}"', S, "API_KEY"),
    "camel": (f'clientSecret = "{S}"', S, "clientSecret"),
    "numbered": (f'password2 = "{S}"', S, "password2"),
    "annotated": (f'token: str = "{S}"', S, "token: str = "),
    "attribute": (f'openai.api_key = "{S}"', S, "openai.api_key"),
    "tuple": (f'user, password = "bob", "{S}"', S, '"bob"'),
    "chained": (f'password = saved = "{S}"', S, "saved"),
    "walrus": (f'if (password := "{S}"): pass', S, "if (password := "),
    "augmented": (f'password += "{S}"', S, "+="),
    "ternary": (f'password = "{S}" if mode == "prod" else getpass()', S, '"prod"'),
    "or-default": (f'password = given or "{S}"', S, "given or"),
    "environ": (f'os.environ["AWS_SECRET_ACCESS_KEY"] = "{AWS}"', AWS, "AWS_SECRET_ACCESS_KEY"),
    "getenv-default": (f'p = os.getenv("DB_PASSWORD", "{S}")', S, "DB_PASSWORD"),
    "environ-get-default": (f'p = os.environ.get("HF_TOKEN", "{S}")', S, "HF_TOKEN"),
    "setdefault": (f'os.environ.setdefault("API_TOKEN", "{S}")', S, "API_TOKEN"),
    "setattr": (f'setattr(client, "password", "{S}")', S, "client"),
    "keyword": (f'connect("db", password="{S}", port=5)', S, "port=5"),
    "second-keyword": (f'connect(user="bob", pwd="{S}")', S, '"bob"'),
    "dict": (f'c = {{"api_key": "{S}", "region": "eu"}}', S, '"region": "eu"'),
    "nested-dict": (f'c = {{"db": {{"password": "{S}", "host": "h"}}}}', S, '"host": "h"'),
    "secrets-dict": (f'secrets = {{"db": "{S}"}}', S, '"db"'),
    "default-argument": (f'def f(a, token="{S}", b=1):\n    return a', S, "b=1"),
    "typed-default": (f'def f(a, token: str = "{S}", b=1):\n    return a', S, "b=1"),
    "add-argument": (f'p.add_argument("--token", type=str, default="{S}")', S, "type=str"),
    "implicit-concatenation": ('password = ("hunter2" "tail9")', "tail9", "password"),
    "explicit-concatenation": ('password = "hunter2" + "tail9"', "hunter2", "+"),
    "bytes": (f'secret = b"{S}"', S, 'b"'),
    "raw": (f'password = r"{S}\\d"', S, 'r"'),
    "triple": (f'password = """{S}"""', S, '"""'),
    "f-string": (f'password = f"{S}{{year}}"', S, "{year}"),
    "inside-f-string": (f"print(f\"{{connect(password='{S}')}} {{n:>10}}\")", S, "{n:>10}"),
    "number": ("password = 90817263", "90817263", "password = "),
    "wrapper": (f'password = SecretStr("{S}")', S, "SecretStr("),
    "basic-auth": (f'requests.get(url, auth=("bob", "{S}"))', S, '"bob"'),
    "dataclass-field": (f'password: str = field(default="{S}")', S, "field(default="),
    "section-set": (f'cfg.set("db", "password", "{S}")', S, '"db"'),
    "login": (f'smtp.login("me@x.org", "{S}")', S, "me@x.org"),
    "update": (f'os.environ.update(API_KEY="{S}")', S, "os.environ.update"),
    "pair": (f'headers = [("X-Api-Key", "{S}")]', S, "X-Api-Key"),
    "bearer-header": (f'h = {{"Authorization": "Bearer {S}"}}', S, "Bearer"),
    "compared": (f'if password == "{S}":\n    ok = 1', S, "ok = 1"),
    "json-string": (f"""s = '{{"api_key": "{S}", "n": 1}}'""", S, '"n": 1'),
    "escaped-json": (f's = "{{\\"api_key\\": \\"{S}\\", \\"n\\": 1}}"', S, "n"),
    "yaml-string": (f's = """\nuser: bob\npassword: {S}\n"""', S, "user: bob"),
    "dsn-text": (f's = "host=db password={S} user=bob"', S, "user=bob"),
    "odbc": (f's = "Driver=x;UID=sa;PWD={S};Server=h"', S, "Server=h"),
    "url": (f'e = create_engine("postgresql+psycopg2://ann:{S}@db:5432/x")', S, "://ann:"),
    "url-user": (f'u = "https://{ALNUM}@github.com/a/b.git"', ALNUM, "@github.com/a/b.git"),
    "query": (f'u = "https://h/p?a=1&access_token={S}&b=2"', S, "&b=2"),
    "pem": (f'k = """{PEM}"""', PEM_BODY, 'k = """'),
    "pem-escaped": (f'k = "{PEM}"'.replace("\n", "\\n"), PEM_BODY, "k = "),
    "positional-known": (f'login("hf_{ALNUM}")', ALNUM, "login("),
    "wandb": (f'wandb.login(key="{HEX40}")', HEX40, "wandb.login(key="),
    "entropy": (f'x = frob("{ALNUM}")', ALNUM, "frob("),
    "comment": (f"x = 1  # password: {S}", S, "x = 1"),
    "commented-code": (f'# api_key = "{S}"\ny = 2', S, "y = 2"),
    "lambda": (f'g = lambda password="{S}": 0', S, "lambda"),
    "continued": (f'password = \\\n    "{S}"', S, "password"),
}

# source that is not Python: magics, shell, mistakes
IPYTHON = {
    "env": (f"%env API_TOKEN={S}", S, "%env API_TOKEN"),
    "env-space": (f"%env API_TOKEN {S}", S, "%env API_TOKEN"),
    "curl": (f'!curl -H "X-Api-Key: {S}" http://h/x', S, "http://h/x"),
    "curl-bearer": (f'!curl -H "Authorization: Bearer {S}" http://h/x', S, "http://h/x"),
    "curl-user": (f"!curl -u bob:{S} http://h/x", S, "-u bob:"),
    "sql": (f"%sql postgres://u:{S}@h/db", S, "@h/db"),
    "mysql": (f"!mysql -u root -p{S} shop", S, "shop"),
    "mysql-space": (f"!mysql -u root -p {S} shop", S, "shop"),
    "long-flag": (f"!tool --password {S} --verbose", S, "--verbose"),
    "flag-equals": (f"!tool --token={S} --verbose", S, "--verbose"),
    "captured-shell": (f"out = !tool --token={S}", S, "out = "),
    "prefix-variable": (f"!PGPASSWORD={S} psql -h h", S, "psql -h h"),
    "git-clone": (f"!git clone https://bob:{S}@github.com/a/b", S, "@github.com/a/b"),
    "wandb-login": (f"!wandb login {HEX40}", HEX40, "!wandb login "),
    "aws-configure": (f"!aws configure set aws_secret_access_key {AWS}", AWS, "aws configure"),
    "bash-cell": (f"%%bash\nexport TOKEN={S}\necho done", S, "echo done"),
    "writefile": (f"%%writefile .env\nDB_PASSWORD={S}\nDB_USER=bob", S, "DB_USER=bob"),
    "sql-cell": (f"%%sql\nCREATE USER a IDENTIFIED BY '{S}'", S, "CREATE USER a"),
    "timed": (f'%%time\npassword = "{S}"\nfit(x)', S, "fit(x)"),
    "automagic": (f"pip install -i https://bob:{S}@host/simple pkg", S, "@host/simple pkg"),
    "unclosed": (f'password = "{S}', S, "password"),
    "unbalanced": (f'f(x))\npassword = "{S}"', S, "f(x))"),
    "unquoted": (f"token = ghp_{ALNUM} !", ALNUM, "token"),
    "export": (f"export TOKEN={S}", S, "export"),
}

TEXT = {
    "json": (f'{{"api_key": "{S}", "n": 1}}', S, '"n": 1'),
    "json-in-json": (json.dumps(json.dumps({"token": S, "n": 1})), S, "n"),
    "json-number": ('{"password": 90817263, "n": 1}', "90817263", '"n": 1'),
    "repr": (f"Client(user='bob', password='{S}')", S, "user='bob'"),
    "yaml": (f"user: bob\nsecret_key: {S}\nport: 5", S, "port: 5"),
    "ini": (f"[db]\nuser = bob\npassword = {S}\n", S, "user = bob"),
    "dotenv": (f"A=1\nAPI_SECRET={S}\nB=2", S, "B=2"),
    "dotenv-odd": ("DB_PASSWORD=a,b;c&d9$\nB=2", "c&d9$", "B=2"),
    "dotenv-word": ("DB_PASSWORD=swordfish\nB=2", "swordfish", "B=2"),
    "export": (f"export GITHUB_TOKEN={S}", S, "export GITHUB_TOKEN"),
    "environ": (f"environ({{'A': '1', 'HF_TOKEN': '{S}'}})", S, "'A': '1'"),
    "columns": (f"user         bob\npassword     {S}\ndtype: object", S, "dtype: object"),
    "html-table": (f"<tr><td>password</td><td>{S}</td></tr>", S, "</td></tr>"),
    "html-escaped": (f"{{&quot;password&quot;: &quot;{S}&quot;}}", S, "&quot;}"),
    "spaced-name": (f"API key: {S}", S, "API key"),
    "traceback": (f'----> 1 connect("db", password="{S}")\nValueError: no', S, "ValueError: no"),
    "coloured-traceback": (
        f"\x1b[32m 1\x1b[39m f(\x1b[38;5;28mpassword\x1b[39m=\x1b[33m'{S}'\x1b[39m, n=\x1b[32m1\x1b[39m)",
        S,
        "\x1b[39m, n=",
    ),
    "prose": (f"the password is {S}\nend", S, "end"),
    "pair": (f"[('user', 'bob'), ('password', '{S}')]", S, "'bob'"),
    "markdown": (f"| password | {S} |\n| user | bob |", S, "| user | bob |"),
    "xml": (f"<c><password>{S}</password><n>1</n></c>", S, "<n>1</n>"),
    "header": (f"Authorization: Bearer {S}\nAccept: */*", S, "Accept: */*"),
    "header-basic": ("Authorization: Basic Ym9iOmh1bnRlcjI=\nA: b", "Ym9iOmh1bnRlcjI", "A: b"),
    "header-dict": (f"{{'Authorization': 'token {S}', 'n': 1}}", S, "'n': 1"),
    "cookie": (f"Cookie: sessionid={S}; theme=dark\nA: b", S, "A: b"),
    "set-cookie": (f"Set-Cookie: sid={S}; HttpOnly\nA: b", S, "A: b"),
    "x-api-key": (f"X-Api-Key: {S}\nA: b", S, "A: b"),
    "url": (f"could not reach amqp://ann:{S}@mq:5672/v (timeout)", S, "@mq:5672/v (timeout)"),
    "url-no-user": (f"redis://:{S}@cache:6379/0", S, "@cache:6379/0"),
    "url-at": ("mongodb+srv://ann:p@ss9w@cl.example/x", "ss9w", "@cl.example/x"),
    "url-slash": ("postgres://ann:pa/ss9w@db/x", "ss9w", "@db/x"),
    "sas": (f"https://a.blob.core.windows.net/c?sv=2022&sig={S}%3D&se=1", S, "&se=1"),
    "presigned": (
        f"https://b.s3.amazonaws.com/k?X-Amz-Signature={HEX32}{HEX32}&x=1",
        HEX32,
        "&x=1",
    ),
    "azure": (f"AccountName=a;AccountKey={AWS}==;EndpointSuffix=e", AWS, "EndpointSuffix=e"),
    "pem": (f"key:\n{PEM}\nend", PEM_BODY, "end"),
    "pem-cut": (f"{PEM[:120]}\n\n(cut here)", PEM_BODY, "(cut here)"),
    "aws-id": ("using AKIAIOSFODNN7EXAMPLE now", "AKIAIOSFODNN7EXAMPLE", "using "),
    "aws-session": ("using ASIAIOSFODNN7EXAMPLE now", "ASIAIOSFODNN7EXAMPLE", " now"),
    "aws-secret": (f"keys: {AWS} ok", AWS, " ok"),
    "github": (f"got ghp_{ALNUM} ok", ALNUM, " ok"),
    "github-server": (f"got ghs_{ALNUM} ok", ALNUM, " ok"),
    "github-fine": (f"got github_pat_11AAAAAAA0_{ALNUM} ok", ALNUM, " ok"),
    "gitlab": (f"got glpat-{ALNUM[:20]} ok", ALNUM[:20], " ok"),
    "slack": ("got xoxb-123456789012-abcdEFGH1234 ok", "abcdEFGH1234", " ok"),
    "stripe": (f"got sk_live_{ALNUM[:24]} ok", ALNUM[:24], " ok"),
    "stripe-restricted": (f"got rk_live_{ALNUM[:24]} ok", ALNUM[:24], " ok"),
    "google": (f"got AIza{ALNUM[:35]} ok", ALNUM[:35], " ok"),
    "google-oauth": (f"got ya29.{ALNUM} ok", ALNUM, " ok"),
    "openai": (f"got sk-{ALNUM} ok", ALNUM, " ok"),
    "openai-project": (f"got sk-proj-{ALNUM}_x-9 ok", ALNUM, " ok"),
    "anthropic": (f"got sk-ant-api03-{ALNUM} ok", ALNUM, " ok"),
    "hugging-face": (f"got hf_{ALNUM[:34]} ok", ALNUM[:34], " ok"),
    "npm": (f"got npm_{ALNUM} ok", ALNUM, " ok"),
    "pypi": (f"got pypi-AgEIcHlwaS5vcmc{ALNUM} ok", ALNUM, " ok"),
    "sendgrid": (f"got SG.{ALNUM[:22]}.{ALNUM} ok", ALNUM[:22], " ok"),
    "twilio": (f"got SK{HEX32} ok", HEX32, " ok"),
    "databricks": (f"got dapi{HEX32} ok", HEX32, " ok"),
    "jwt": (f"got {JWT} ok", JWT, " ok"),
    "wandb": (f"wandb: Paste an API key: {HEX40}\nok", HEX40, "ok"),
    "entropy": (f"session {ALNUM} opened", ALNUM, " opened"),
    "base64": (f"value {AWS} read", AWS, " read"),
    "flag": (f"usage: run --password {S} --n 2", S, "--n 2"),
    "after-mark": (f"password=‹redacted:password› token={S}", S, "password=‹redacted:password›"),
}


def _cases(table):
    return [pytest.param(*case, id=name) for name, case in table.items()]


@pytest.mark.parametrize(("source", "secret", "kept"), _cases(CODE))
def test_python_loses_the_secret_and_still_parses(source, secret, kept):
    ast.parse(source)

    redacted = redact_code(source)

    assert secret not in redacted.text
    assert kept in redacted.text
    assert redacted.count >= 1
    assert "‹redacted:" in redacted.text or BYTES_MARK in redacted.text
    ast.parse(redacted.text)
    assert redact_code(redacted.text) == type(redacted)(redacted.text, 0)


@pytest.mark.parametrize(("source", "secret", "kept"), _cases(IPYTHON))
def test_cells_that_are_not_python_lose_the_secret(source, secret, kept):
    redacted = redact_code(source)

    assert secret not in redacted.text
    assert kept in redacted.text
    assert redact_code(redacted.text).count == 0


@pytest.mark.parametrize(("text", "secret", "kept"), _cases(TEXT))
def test_text_loses_the_secret_and_nothing_else(text, secret, kept):
    redacted = redact_text(text)

    assert secret not in redacted.text
    assert kept in redacted.text
    assert redact_text(redacted.text) == type(redacted)(redacted.text, 0)


@pytest.mark.parametrize(
    ("text", "secret", "kept"),
    _cases({name: case for name, case in TEXT.items() if "\x1b" not in case[0]}),
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


OUTPUTS_THAT_STAY = {
    "head": "   sepal_length  sepal_width species\n0           5.1          3.5  setosa\n1           4.9          3.0  setosa",
    "report": "              precision    recall  f1-score   support\n\n      secret       0.90      0.92      0.91       100\n    accuracy                           0.91       200",
    "repr": "Pipeline(steps=[('tfidf', TfidfVectorizer(token_pattern='(?u)\\\\b\\\\w+\\\\b')), ('clf', LogisticRegression(C=0.1))])",
    "tokenizer": "BertTokenizer(vocab_size=30522, special_tokens={'unk_token': '[UNK]', 'sep_token': '[SEP]'}, padding_side='right')",
    "traceback": "Traceback (most recent call last):\n  File \"/usr/lib/python3.11/site-packages/requests/auth.py\", line 12, in f\n    return connect(password=password, token=get_token())\nTypeError: f() got an unexpected keyword argument 'token'",
    "pip": "authlib            1.3.0\ntokenizers         0.20.3\nkeyring            25.2.1\nsecretstorage      3.3.3\nwebauthn-auth      2.1.0",
    "md5sum": "d41d8cd98f00b204e9800998ecf8427e  data/train.csv\n0f3a9c51be7d2468ac13579bd02468ce  data/test.csv",
    "sha256": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uuid": "run 550e8400-e29b-41d4-a716-446655440000 finished",
    "numpy": "array([[0.12345678, 0.98765432],\n       [1.00000000e-05, 2.34567890e+12]])",
    "image": '<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4">',
    "path": "/home/ann/.cache/huggingface/hub/models--bert-base-uncased/snapshots/86b5e0934494bd15c9632b12f734a8a67f723594/config.json",
    "url": "see https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.html?highlight=merge#see-also",
    "prose": "The token is passed to the parser. Basic authentication and token classification are different things.",
    "progress": "100%|##########| 1875/1875 [00:05<00:00, 340.12it/s, loss=0.0123]",
    "ruler": "=" * 80 + "\n" + "-" * 80 + "\n" + "a" * 80,
    "address": "<__main__.Model object at 0x7f3a9c51be7d> <function f at 0x7f3a9c51be7d2468ac13>",
    "sequence": "abcdefghijklmnopqrstuvwxyz0123456789",
    "model": "DistilBertForSequenceClassification2 saved to distilbert-base-uncased-finetuned-sst-2-english",
    "tokens": "max_tokens=512, num_tokens: 1284, token_count=12345, author: Ann4567, key: a1b2c3d4",
    "table": "|    | token   | count |\n|----|---------|-------|\n| 0  | hello12 | 5     |",
}  # fmt: skip


@pytest.mark.parametrize("text", OUTPUTS_THAT_STAY.values(), ids=OUTPUTS_THAT_STAY)
def test_ordinary_output_stays(text):
    assert redact_text(text).text == text


@pytest.mark.parametrize(
    "name",
    (
        "password passwd pwd secret token api_key apikey access_key private_key credentials auth "
        "authorization connection_string dsn AWS_SECRET_ACCESS_KEY clientSecret X-Api-Key "
        "db.password HF_TOKEN accessToken refresh_token APIKey openai_api_key db_pass passphrase "
        "password2 client-secret SMTP_PASS mypassword github_pat"
    ).split(),
)
def test_secret_names(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    (
        "tokenizer max_tokens num_tokens author secretary n_tokens token_count pad_token monkey "
        "keyboard key sort_key primary_key random_state pass_through passenger bypass authors "
        "tokenize passed compass keys foreign_key public_key cache_key password_length token_type "
        "auth_url use_auth token_ids attention_mask secretariat passing_score learning_rate "
        "next_token authenticate n_passes first_pass token_pattern credentials_path tokens "
        "accredited"
    ).split(),
)
def test_names_that_are_not_secret(name):
    assert not is_secret_name(name)


def test_values_under_secret_names_are_replaced_at_any_depth():
    value = {
        "db": {"password": S, "port": 5},
        "list": [{"token": S}],
        "n": 1.5,
        "note": f"hf_{ALNUM}",
    }

    redacted = redact_value("config", value)

    assert redacted == {
        "db": {"password": "‹redacted:password›", "port": 5},
        "list": [{"token": "‹redacted:token›"}],
        "n": 1.5,
        "note": "‹redacted:token›",
    }


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("password", S, "‹redacted:password›"),
        ("password", 12345678, "‹redacted:password›"),
        ("password", None, None),
        ("password", "", ""),
        ("use_password", True, True),
        ("token", [S, S], ["‹redacted:token›", "‹redacted:token›"]),
        ("credentials", {"user": "bob", "x": S}, {"user": "bob", "x": "‹redacted:secret›"}),
        ("dsn", f"postgres://u:{S}@h/d", "postgres://u:‹redacted:url›@h/d"),
        ("max_tokens", 512, 512),
        ("learning_rate", 0.1, 0.1),
        ("pad_token", "<pad>", "<pad>"),
        ("url", f"mysql://u:{S}@h/d", "mysql://u:‹redacted:url›@h/d"),
    ],
)
def test_values(name, value, expected):
    assert redact_value(name, value) == expected


def test_deep_values_end_in_a_mark_instead_of_a_recursion_error():
    value = S
    for _ in range(5000):
        value = [value]

    redacted = redact_value("token", value)

    assert S not in str(redacted)


ODD = "pä\"ss'w\\ord/9 é&"


@pytest.mark.parametrize(
    "form",
    [ODD, repr(ODD), json.dumps(ODD), json.dumps(ODD, ensure_ascii=False), quote(ODD, safe="")],
    ids=["plain", "repr", "json", "json-unicode", "url"],
)
def test_a_remembered_value_is_found_in_each_form(form):
    memory = SecretMemory()
    memory.add(ODD)

    redacted = memory.redact(f"before {form} after")

    assert redacted.count == 1
    assert "ord" not in redacted.text
    assert redacted.text.startswith("before ")
    assert redacted.text.endswith(" after")


@pytest.mark.parametrize("user", ["", "a", "ab", "abc"])
def test_a_remembered_value_is_found_in_basic_credentials(user):
    import base64

    memory = SecretMemory()
    memory.add(S)
    coded = base64.b64encode(f"{user}:{S}".encode()).decode()

    redacted = memory.redact(f"sent {coded}").text

    assert S.encode() not in base64.b64decode(redacted.split()[-1].split("‹")[0] + "====")
    assert coded not in redacted
    assert "‹redacted:" in redacted


def test_a_literal_secret_is_learnt_from_code():
    memory = SecretMemory()
    memory.learn(f'password = "{S}"\nother = ("abcd1" "efgh2")\ntoken = "first77" "second88"')

    assert memory.redact(f"it is {S}!").text == "it is ‹redacted:remembered›!"
    assert "second88" not in memory.redact("first77second88").text
    assert memory.redact("abcd1efgh2").count == 0


def test_remembered_values_are_taken_out_of_later_code_and_params():
    memory = SecretMemory()
    memory.learn('password = "open sesame now"')

    code = memory.redact_code('f("open sesame now")').text

    assert code == 'f("‹redacted:remembered›")'
    assert memory.redact_value("x", ["open sesame now"]) == ["‹redacted:remembered›"]


def test_short_values_and_names_are_not_remembered():
    memory = SecretMemory()
    memory.add("12345")
    memory.add("password")

    assert len(memory) == 0
    assert memory.redact("12345 password").count == 0


def test_a_memory_shows_none_of_its_values():
    memory = SecretMemory()
    memory.add(S)

    assert S not in repr(memory)
    with pytest.raises(TypeError):
        pickle.dumps(memory)


def test_environment_values_with_secret_names():
    environ = {
        "DB_PASSWORD": S,
        "HF_TOKEN": "short",
        "PWD": "/home/ann/project",
        "SSH_AUTH_SOCK": "/run/user/1000/keyring",
        "HOME": "/home/ann",
        "DATABASE_URL": "postgres://u:fromtheurl9@h/d",
        "TOKENIZERS_PARALLELISM": "false-value",
    }

    assert set(secret_environment_values(environ)) == {S, "fromtheurl9"}


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


_FRAGMENT = st.one_of(
    st.sampled_from(["password", "token", "=", ": ", '"', "'", "\\", "\n", " ", "://", "u:p9@h", "‹redacted:x›",
                     "Bearer ", "Authorization: ", "--", "{", "}", "&", "f'", '"""', "#", "!", "%", ",", "(", ")",
                     "hunter22", ALNUM, f"ghp_{ALNUM}", "-----BEGIN PRIVATE KEY-----", "Cookie: a=bcdefgh"]),
    st.text(max_size=6),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_FRAGMENT, max_size=20).map("".join))
def test_redacting_twice_changes_nothing(text):
    for redact in (redact_text, redact_code):
        once = redact(text).text

        assert redact(once).text == once


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


@pytest.mark.parametrize(
    "piece",
    ["a", "=", '"', "\\", "token ", "password=", "password: x, ", "://", "a://b:", "a.b-", "eyJaaaaaaaa.",
     "-----BEGIN PRIVATE KEY-----\n", "authorization: ", "mysql -h ", "curl -u ", 'f"{', "(", 'password="\\',
     "</td> <td>", "--password ", "sk-aaaaaaaaaaaaaaaaaaaa-", "password\t", "cookie: a=b;", "x@y://z", "'''", "[{"],
)  # fmt: skip
def test_cost_grows_no_faster_than_the_text(piece):
    """Four times the text in at most ten times the time; a quadratic rule takes sixteen."""

    def seconds(size):
        text = (piece * (size // len(piece) + 1))[:size]
        best = float("inf")
        for _ in range(3):
            started = time.perf_counter()
            redact_text(text)
            redact_code(text)
            best = min(best, time.perf_counter() - started)
        return best

    small, large = seconds(10_000), seconds(40_000)

    assert large <= 10 * small + 0.02
