"""Secrets planted in code and text; every one is fictional.

Each case is (text, the secret, what must stay).
"""
# ruff: noqa: E501 - planted shapes read best on one line, marks are ‹›

import json

import pytest

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


# id: (source, the secret, text that must stay)
CODE = {
    "assignment": (f'password = "{S}"\nx = 1', S, "x = 1"),
    "single-quotes": (f"db_password = '{S}'", S, "db_password = '"),
    "word": ('password = "changeme"', "changeme", "password = "),
    "letters-only-token": ('auth_token = "qwertzuiopasdf"', "qwertzuiopasdf", "auth_token"),
    "whose": (f'password_bob = "{S}"', S, "password_bob"),
    "whose-upper": (f'API_KEY_STAGING = "{S}"', S, "API_KEY_STAGING"),
    "file-name": (f'open("export_token={S}.csv")', S, "export_token="),
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


def cases(table):
    return [pytest.param(*case, id=name) for name, case in table.items()]
