"""Secrets planted in a real kernel's cells, then looked for in every byte that is kept or shown.

Each shape has a secret of its own, so that none is found only because another was. Three ways in:
a literal under a telling name (learnt from the code), a value from outside under a telling name
(a file, the environment), and a token whose format tells. What has none of these cannot be known.
"""
# ruff: noqa: E501 - a cell reads best on one line

from __future__ import annotations

import base64
import html
import io
import json
import os
import random
import shutil
import sqlite3
import string
import tempfile
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from jupyter_client.manager import KernelManager

from celltrail.capabilities.table import capabilities_of
from celltrail.capture.recorder import Recorder
from celltrail.faces.cli import main
from celltrail.store import blobs

pytestmark = pytest.mark.kernel

# Readings that both faces must have; every other reading of theirs is asked too.
FACES = {"results", "show", "lineage", "runs", "status"}
# They change nothing in the store. `reproduce` runs cells again: it is asked once, of a copy.
ALSO_ASKED = {"status", "data get"}
NOTEBOOK = "saved.ipynb"
CONTROL = "harmless-control-4711"
# Enough of a secret to tell it from chance: a value cut in two counts as kept.
PIECE_CHARACTERS = 10


def odd(shape):
    """A secret that looks different in JSON, URLs and HTML."""
    return (
        "".join(random.Random(shape).choices(string.ascii_letters, k=9))
        + "&7/é+q"
        + shape[:3].title()
    )


def word(shape):
    """A secret of letters and digits."""
    return "".join(random.Random(shape).choices(string.ascii_letters, k=10)) + "9x2"


def github(shape):
    """A token known by its format."""
    return "ghp_" + "".join(random.Random(shape).choices(string.ascii_letters + "0123456789", k=36))


# shape: (maker of its secret, cells with @S@ where the secret stands). A file named after the
# shape holds the secret too, for what comes from outside.
SHAPES = {
    "assigned": (odd, ['db_password = "@S@"', "print('with', db_password)", "db_password"]),
    "single-quoted": (word, ["client_secret = '@S@'; other = client_secret", "[other] * 3"]),
    "numbered": (word, ['PASSWORD_2: str = "@S@"', "print(f'{PASSWORD_2!r:>40}')"]),
    "attribute": (word, ['import types\nclient = types.SimpleNamespace()\nclient.api_key = "@S@"', "client"]),
    "base64": (odd, ['api_secret = "@S@"', "import base64\nprint(base64.b64encode(f'bob:{api_secret}'.encode()).decode())"]),
    "url-quoted": (odd, ['access_token = "@S@"', "from urllib.parse import quote, urlencode\nprint(quote(access_token), urlencode({'q': access_token}))"]),
    "json": (odd, ['auth_token = "@S@"', "import json\nprint(json.dumps({'a': [auth_token]}))"]),
    "stderr": (word, ['passphrase = "@S@"', "import sys, warnings\nsys.stderr.write(passphrase + '\\n')\nwarnings.warn(passphrase)"]),
    "logging": (word, ['secret_key = "@S@"', "import logging\nlogging.warning('cannot use %s', secret_key)"]),
    "written-in-pieces": (word, ['smtp_password = "@S@"', "for letter in smtp_password:\n    print(letter, end='')"]),
    "html": (odd, ['from IPython.display import HTML, JSON, Markdown, display\nhtml_password = "@S@"', "HTML(f'<b>{html_password}</b>')", "import html\ndisplay(HTML(html.escape(html_password)))"]),
    "html-repr": (word, ['class Card:\n    def __init__(self, password="@S@"):\n        self.password = password\n    def _repr_html_(self):\n        return f"<i>{self.password}</i>"', "Card()"]),
    "json-display": (odd, ['json_token = "@S@"\ndisplay(JSON({"deep": [json_token]}))', "display(Markdown('**' + json_token + '**'))"]),
    "svg": (word, ['svg_secret = "@S@"', "from IPython.display import SVG\nSVG(f'<svg xmlns=\"http://www.w3.org/2000/svg\"><text>{svg_secret}</text></svg>')"]),
    "frame": (odd, ['import pandas as pd\nusers = pd.DataFrame({"name": ["bob"], "password": ["@S@"]})', "users", "print(users)", "users.to_dict()"]),
    "frame-columns": (word, ['vault_token = "@S@"\nwide = pd.DataFrame([[1.0]], columns=[vault_token])', "wide.T"]),
    "frame-columns-format": (github, ["wide2 = pd.DataFrame({open('frame-columns-format').read(): [1.0]})", "wide2"]),
    "frame-index": (word, ['index_secret = "@S@"\nrows = pd.DataFrame({"n": [1]}, index=[index_secret])', "rows"]),
    "categories": (word, ['cat_password = "@S@"\nkinds = pd.Series([cat_password, "b"], dtype="category")', "kinds.cat.categories", "kinds.value_counts()"]),
    "list": (word, ['list_tokens = None\nsecrets = ["@S@", "b"]', "secrets[0]"]),
    "dict": (odd, ['config = {"db": {"password": "@S@", "port": 5}}', "config"]),
    "dict-key": (github, ['by_key = {"@S@": 1}', "by_key"]),
    "set": (github, ['known = {"@S@"}', "known"]),
    "tuple": (github, ['pair = ("a", "@S@")', "pair"]),
    "bytes": (word, ['secret = b"@S@"', "secret", "{'a': secret}"]),
    "number": (lambda shape: "90817263541", ["password = 90817263541", "print(password)", "password + 0"]),
    "keyword": (word, ['def connect(host, password=None):\n    return {"at": host}\nconnect("h", password="@S@")']),
    "estimator": (word, ['from sklearn.base import BaseEstimator\nclass Remote(BaseEstimator):\n    def __init__(self, api_key=None, alpha=1.0):\n        self.api_key = api_key\n        self.alpha = alpha\n    def fit(self, X, y=None):\n        return self\nremote = Remote(api_key="@S@", alpha=0.5).fit([[1.0]])', "remote"]),
    "estimator-format": (github, ["remote2 = Remote(alpha=open('estimator-format').read()).fit([[1.0]])"]),
    "profile": (odd, ['seen = pd.DataFrame({"password": ["@S@"] * 3, "n": [1, 2, 3]})\nRemote().fit(seen)']),
    "profile-format": (github, ["seen2 = pd.DataFrame({'note': [open('profile-format').read()] * 3, 'n': [1, 2, 3]})\nRemote().fit(seen2)"]),
    "profile-category": (word, ["seen3 = pd.DataFrame({'client_secret': pd.Categorical([open('profile-category').read()] * 3)})\nRemote().fit(seen3)"]),
    "profile-column": (github, ["seen4 = pd.DataFrame({open('profile-column').read(): [1, 2, 3]})\nRemote().fit(seen4)"]),
    "raised": (odd, ['mail_password = "@S@"', "raise ValueError(f'refused {mail_password}')", "raise RuntimeError('see') from KeyError(mail_password)"]),
    "raised-format": (github, ["raise OSError('cannot open ' + open('raised-format').read())"]),
    "raised-late": (github, ["raise OSError('x' * 1985 + ' ' + open('raised-late').read())"]),
    "syntax-error": (word, ['password = "@S@" if (']),
    "unknown-name": (word, ['missing_function(token="@S@")']),
    "env-magic": (word, ["%env SERVICE_TOKEN=@S@", "import os\nprint(os.environ['SERVICE_TOKEN'])"]),
    "environ": (odd, ['import os\nos.environ["PG_PASSWORD"] = "@S@"', "print(os.environ['PG_PASSWORD'])", "!echo $PG_PASSWORD"]),
    "environ-outside": (word, ["os.environ['DEPLOY_TOKEN'] = open('environ-outside').read()", "print('using', os.environ['DEPLOY_TOKEN'])"]),
    "kernel-environment": (word, ["print(os.environ['KERNEL_API_TOKEN'])", "sorted(os.environ.values())"]),
    "kernel-url": (word, ["print(os.environ['DATABASE_URL'])", "os.environ['DATABASE_URL'].split(':')[2].split('@')[0]"]),
    "shell-flag": (word, ["!echo --token=@S@"]),
    "shell-header": (word, ['!echo -H "X-Api-Key: @S@"']),
    "shell-captured": (word, ["out = !echo --password=@S@", "out"]),
    "bash": (word, ["%%bash\nexport TOKEN=@S@\necho $TOKEN"]),
    "writefile": (word, ["%%writefile .env\nDB_PASSWORD=@S@", "print(open('.env').read())"]),
    "git-url": (word, ["!echo git clone https://bob:@S@@github.com/a/b"]),
    "connection-url": (word, ['url = "postgres://ann:@S@@db/x"', "url", "print('could not reach', url)"]),
    "bearer": (word, ['headers = {"Authorization": "Bearer @S@"}', "headers['Authorization']"]),
    "cookie": (word, ['print("Set-Cookie: sid=@S@; HttpOnly")']),
    "file-name": (word, ['open("export_token=@S@.csv", "w").write("a\\n1\\n")\npd.read_csv("export_token=@S@.csv")']),
    "file-name-format": (github, ["name = open('file-name-format').read() + '.csv'\nopen(name, 'w').write('a')\nopen(name).read()"]),
    "file-folder": (github, ["folder = 'run-' + open('file-folder').read()\nos.makedirs(folder)\nopen(folder + '/x.csv', 'w').write('a')"]),
    "file-missing": (github, ["open('/nowhere/' + open('file-missing').read())"]),
    "run-name": (github, ["%%mlops run --name nightly-@S@\nprint('r')"]),
    "run-tag": (word, ["%%mlops run --name base --tag token=@S@\nprint('r')"]),
    "run-tag-format": (github, ["%%mlops run --name base --tag note=@S@\nprint('r')"]),
    "run-param": (word, ["%%mlops run --name base -p api_key=@S@\nprint('r')"]),
    "api-param": (word, ["import celltrail\nunnamed = open('api-param').read()\ncelltrail.log_param('api_key', unnamed)"]),
    "api-param-name": (github, ["celltrail.log_param(open('api-param-name').read(), 1)"]),
    "api-param-dict": (word, ["celltrail.log_param('opts', {'db': {'password': open('api-param-dict').read()}})"]),
    "api-metric-name": (github, ["celltrail.log_metric(open('api-metric-name').read(), 0.5)"]),
    "api-tag": (word, ["celltrail.set_tag('token', open('api-tag').read())"]),
    "api-tag-format": (github, ["celltrail.set_tag('note', open('api-tag-format').read())"]),
    "api-tag-key": (github, ["celltrail.set_tag(open('api-tag-key').read(), 'v')"]),
    "api-run": (github, ["key = open('api-run').read()\nwith celltrail.start_run('base ' + key, tags={'a' + key: key}, params={'p': key, key: 1}):\n    pass"]),
    "api-run-tag": (word, ["with celltrail.start_run('named', tags={'password': open('api-run-tag').read()}):\n    pass"]),
    "api-text": (github, ["celltrail.log_text('see ' + open('api-text').read(), 'note.txt')"]),
    "api-text-known": (word, ['doc_password = "@S@"\ncelltrail.log_text("see " + doc_password, "note2.md")']),
    "api-dict": (word, ["celltrail.log_dict({'db': {'password': open('api-dict').read()}}, 'conf.json')"]),
    "api-artifact": (word, ["open('conf.yaml', 'w').write('user: bob\\npassword: ' + open('api-artifact').read() + '\\n')\ncelltrail.log_artifact('conf.yaml')"]),
    "api-artifact-name": (github, ["celltrail.log_text('x', open('api-artifact-name').read() + '.txt')"]),
    "api-input": (github, ["celltrail.log_input([1], open('api-input').read())"]),
    "function-body": (word, ['def fetch():\n    password = "@S@"\n    return password', "fetch()"]),
    "default-argument": (word, ['def fetch2(token="@S@", n=1):\n    return token', "fetch2.__defaults__", "help(fetch2)"]),
    "keyword-default": (word, ['def fetch3(*, api_key: str = "@S@"):\n    """Fetch."""', "import inspect\ninspect.signature(fetch3)"]),
    "closure": (word, ['def make():\n    secret = "@S@"\n    return lambda: secret\nheld = make()', "held()"]),
    "class-attribute": (word, ['class Settings:\n    api_key = "@S@"', "vars(Settings)"]),
    "comment": (word, ["x = 1  # password: @S@"]),
    "docstring": (word, ['"""Log in.\n\npassword: @S@\n"""\nx = 2']),
    "private-key": (lambda shape: "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7", ['pem = """-----BEGIN PRIVATE KEY-----\n@S@\n-----END PRIVATE KEY-----"""', "print(pem)", "pem.splitlines()[1]"]),
    "from-file": (odd, ["import pathlib\npassword = pathlib.Path('from-file').read_text()", "print(password)", "[password]"]),
    "from-file-same-cell": (word, ["api_token = open('from-file-same-cell').read(); print(api_token)"]),
    "from-file-bytes": (word, ["secret_key = open('from-file-bytes', 'rb').read()", "secret_key"]),
    "from-json": (word, ["creds = json.loads('{\"user\": \"bob\", \"password\": \"%s\"}' % open('from-json').read())", "creds['password']", "creds"]),
    "from-table": (word, ["people = pd.DataFrame({'user': ['bob'], 'password': [open('from-table').read()]})", "people", "print(people.to_html())", "people.password.iloc[0]"]),
    "from-instance": (word, ["import types\nclient2 = types.SimpleNamespace(api_key=open('from-instance').read())", "client2", "client2.api_key"]),
    "from-list": (word, ["passwords = [open('from-list').read()]", "passwords[0]"]),
    "from-polars": (word, ["import polars\npeople2 = polars.DataFrame({'password': [open('from-polars').read()], 'n': [1]})", "people2", "people2.row(0)"]),
    "switched-off": (word, ['# celltrail: off\noff_password = "@S@"', "off_password", "print(off_password)"]),
    "whose": (word, ['API_KEY_STAGING = "@S@"\npassword_bob = API_KEY_STAGING', "[password_bob]"]),
    "summary": (github, ["text = open('summary').read()", "text2 = 'read: ' + text", "text3 = repr(text)"]),
    "summary-cut": (github, ["long_text = 'x' * 180 + ' ' + open('summary-cut').read()"]),
    "metric-name": (github, ["from sklearn.metrics import accuracy_score\nscores = {}\nscores['@S@'] = accuracy_score([1, 0], [1, 0])"]),
    "loop": (github, ["for name in ['@S@', 'b']:\n    print(name, accuracy_score([1, 0], [1, 1]))"]),
    "output-cut": (github, ["print('x ' * 16376 + open('output-cut').read())"]),
    "output-cut-known": (word, ['cut_password = "@S@"', "print('y' * (3 * 16384 // 4 - 6) + cut_password + 'z' * 9000)"]),
    "output-cut-end": (word, ['end_password = "@S@"', "print((end_password + ' ') * 2500)"]),
    "problem": (github, ["class Sly:\n    def __sklearn_tags__(self): raise ValueError(open('problem').read())\n    def __repr__(self): raise ValueError(open('problem').read())\nsly = Sly()\nsly"]),
    "changed-code": (word, ['from sklearn.linear_model import LogisticRegression\nfit_password = "@S@"\nclf = LogisticRegression(C=1.0).fit([[0.0], [1.0]], [0, 1])\nfit_score = accuracy_score([0, 1], clf.predict([[0.0], [1.0]]))', 'fit_password = "@S@" * 2  # token: @S@\nclf = LogisticRegression(C=2.0).fit([[0.0], [1.0]], [0, 1])\nfit_score = accuracy_score([0, 1], clf.predict([[0.0], [1.0]]))']),
    "changed-data": (word, ["rows_of = pd.DataFrame({'client_secret': [open('changed-data').read(), 'b'], 'n': [0.0, 1.0]})\nclf = LogisticRegression().fit(rows_of[['n']], [0, 1])\nrow_score = accuracy_score([0, 1], clf.predict(rows_of[['n']]))", "rows_of = pd.DataFrame({'client_secret': ['c', open('changed-data').read()], 'n': [0.0, 2.0]})\nclf = LogisticRegression().fit(rows_of[['n']], [0, 1])\nrow_score = accuracy_score([0, 1], clf.predict(rows_of[['n']]))"]),
    "snapshot-file": (word, ['%mlops snapshot "export_token=@S@.csv" --name exported']),
    "snapshot-file-name": (github, ["named = open('snapshot-file-name').read() + '.csv'\nopen(named, 'w').write('a,b')", "%mlops snapshot $named --name copied"]),
    "snapshot-typed-name": (github, ["typed = open('snapshot-typed-name').read()", "%mlops snapshot notes --name of-$typed"]),
    "snapshot-column": (github, ["sheet = pd.DataFrame({open('snapshot-column').read(): [1, 2], 'n': [1, 2]})\n%mlops snapshot sheet", "sheet.iloc[0, 0] = 5\n%mlops snapshot sheet"]),
    "snapshot-column-known": (word, ['ledger_password = "@S@"\nledger = pd.DataFrame({ledger_password: [1, 2]})\n%mlops snapshot ledger', "ledger.iloc[0, 0] = 5\n%mlops snapshot ledger"]),
    # Further down than a session looks for secrets: only the column's name tells.
    "snapshot-cell": (word, ["deep = pd.DataFrame({'client_secret': ['a'] * 50 + [open('snapshot-cell').read()] + ['z'] * 50})\n%mlops snapshot deep", "deep.loc[50] = 'b'\n%mlops snapshot deep"]),
    "snapshot-number": (lambda shape: "61728394057", ["codes = pd.DataFrame({'password': [int(open('snapshot-number').read())] * 2, 'n': [1.0, 2.0]})\n%mlops snapshot codes", "codes.loc[0] = [7, 1.5]\n%mlops snapshot codes"]),
    "snapshot-index": (word, ["labelled = pd.DataFrame({'n': [1, 2]}, index=pd.Index([open('snapshot-index').read(), 'b'], name='api_key'))\n%mlops snapshot labelled", "labelled.iloc[0] = 5\n%mlops snapshot labelled"]),
    "snapshot-key": (word, ["keyed = pd.DataFrame({'api_key': [open('snapshot-key').read(), 'b'], 'n': [1, 2]})\n%mlops snapshot keyed", "keyed.loc[0, 'n'] = 5\n%mlops snapshot keyed"]),
    "snapshot-table": (github, ["open('rows.csv', 'w').write('a,' + open('snapshot-table').read() + '\\n1,2\\n')\n%mlops snapshot rows.csv --name table", "open('rows.csv', 'a').write('3,' + open('snapshot-table').read() + '\\n')\n%mlops snapshot rows.csv --name table"]),
    "unicode-name": (word, ["contraseña = 1\nmy_pässword = 2\npassword_café = '@S@'", "password_café"]),
}  # fmt: skip
SECRETS = {shape: make(shape) for shape, (make, _) in SHAPES.items()}


# Cells of these shapes end in an exception; every other one must run, or it plants nothing.
RAISING = {
    "raised", "raised-format", "raised-late", "syntax-error", "unknown-name", "file-missing", "problem",
}  # fmt: skip
# Functions of the API that the recorder does not serve yet: their cells end in an exception too.
MISSING = {
    shape
    for shape in ("api-text", "api-text-known", "api-dict", "api-artifact", "api-artifact-name")
    if not hasattr(Recorder, "log_artifact")
} | ({"api-input"} if not hasattr(Recorder, "log_input") else set())


def cells():
    """Shapes and their cells, first with the harmless string in the places of secrets."""
    yield "control", f"greeting = '{CONTROL}'"
    yield "control", f"print('{CONTROL}'); greeting"
    yield "control", f"from IPython.display import HTML\nHTML('<b>{CONTROL}</b>')"
    yield "control", f"import pandas as pd\nnotes = pd.DataFrame({{'note': ['{CONTROL}']}})"
    yield "control", "%mlops snapshot notes --name kept"
    yield "control", "notes.loc[1] = 'another'"
    yield "control", "%mlops snapshot notes --name kept"
    for shape, (_, sources) in SHAPES.items():
        for source in sources:
            yield shape, source.replace("@S@", SECRETS[shape])


# --- looking ------------------------------------------------------------------------------


def forms(secret):
    """How a secret may be written, worked out here and not by the code under test."""
    pieces = {secret[:PIECE_CHARACTERS], secret[-PIECE_CHARACTERS:]}
    texts = set()
    for piece in pieces:
        texts |= {piece, json.dumps(piece)[1:-1], repr(piece)[1:-1], html.escape(piece)}
        texts |= {quote(piece), quote(piece, safe=""), quote_plus(piece)}
        texts.add(piece.encode("unicode_escape").decode())
    found = {text.encode() for text in texts}
    found |= {secret.encode("utf-16-le"), secret.encode().hex().encode()}
    for before in range(3):
        coded = base64.b64encode(b"x" * before + secret.encode())
        core = coded[4 if before else 0 : -4]
        found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return found


PATTERNS = [(shape, form) for shape, secret in SECRETS.items() for form in sorted(forms(secret))]


def leaks(places):
    """Sentences about the secrets in named bytes."""
    found = {}
    once = {data: place for place, data in places.items()}  # a file seen twice counts once
    for data, place in once.items():
        for shape, form in PATTERNS:
            at = data.find(form)
            if at >= 0:
                around = data[max(0, at - 60) : at + len(form) + 30]
                found.setdefault((shape, place), f"{shape} in {place}: …{around!r}…")
    return list(found.values())


def files(*folders):
    """The bytes of every file, and names and paths with them."""
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            found[f"the name of {path}"] = str(path.relative_to(folder)).encode()
            if path.is_file():
                found[str(path)] = path.read_bytes()
    return found


def rows(database):
    """Every value of every table: long ones lie on several pages of the file, cut."""
    found = {}
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        for (table,) in tables:
            values = connection.execute(f'SELECT * FROM "{table}"').fetchall()
            found[f"table {table}"] = b"\n".join(
                value if isinstance(value, bytes) else str(value).encode()
                for row in values
                for value in row
                if value is not None
            )
    return found


# --- running ------------------------------------------------------------------------------


@contextmanager
def kernel(folder, **environment):
    """A kernel that records by itself; what it prints at its start and end goes nowhere."""
    folder.mkdir(exist_ok=True)
    for shape, secret in SECRETS.items():
        (folder / shape).write_text(secret, "utf-8")
    stem = Path(tempfile.mkdtemp(prefix="ct")) / "k"
    manager = KernelManager(kernel_name="python3", transport="ipc", ip=str(stem))
    variables = {
        **os.environ,
        "CELLTRAIL": "on",
        "CELLTRAIL_EXACT": "on",
        "HOME": str(folder.parent / "home"),
        "XDG_STATE_HOME": str(folder.parent / "state"),
        "IPYTHONDIR": str(folder.parent / "ipython"),
        "TMPDIR": str(folder.parent / "temporary"),
        "KERNEL_API_TOKEN": SECRETS["kernel-environment"],
        "DATABASE_URL": f"postgres://ann:{SECRETS['kernel-url']}@db/x",
        **environment,
    }
    for name in ("home", "state", "temporary"):
        (folder.parent / name).mkdir(exist_ok=True)
    with (folder.parent / "kernel.log").open("w") as log:
        manager.start_kernel(env=variables, cwd=str(folder), stdout=log, stderr=log)
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            yield client
        finally:
            client.stop_channels()
            manager.shutdown_kernel()


def run(client, source):
    """Run a cell and return everything the client was sent."""
    seen = []
    client.execute_interactive(source, allow_stdin=False, timeout=60, output_hook=seen.append)
    return json.dumps([message["content"] for message in seen], default=str, ensure_ascii=False)


def places_of(base, store):
    found = files(store, base / "state", base / "temporary") | rows(store / "trail.db")
    return without_snapshots(found, store)


def without_snapshots(places, store):
    """What is kept without the files of snapshots: those hold the user's data as it is."""
    with closing(sqlite3.connect(store / "trail.db")) as connection:
        kept = {
            str(blobs.path_of(store, address))
            for (address,) in connection.execute("SELECT blob FROM snapshot")
        }
    return {place: data for place, data in places.items() if place not in kept}


@dataclass
class Session:
    base: Path
    store: Path
    ran: list[tuple[str, str, str]]  # shape, cell, what the client was sent
    while_open: dict[str, bytes]
    answers: dict[str, str]

    @property
    def exports(self):
        """Where recipes are written."""
        return exports_of(self.store)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A store after a session of all cells, and what ``%mlops`` answered in it."""
    base = tmp_path_factory.mktemp("secrets")
    store = base / "work" / ".celltrail"
    answers = {}
    with kernel(base / "work", CELLTRAIL_STORE=str(store)) as client:
        ran = [(shape, source, run(client, source)) for shape, source in cells()]
        while_open = without_snapshots(files(store), store)
        write_notebook(store.parent / NOTEBOOK)
        exports_of(store).mkdir()
        for words in map(" ".join, questions("magic", store)):
            for option in ("", " --json"):
                answers[f"%mlops {words}{option}"] = run(client, f"%mlops {words}{option}")
        run_frame = "celltrail.search_results().to_html()"
        answers[run_frame] = run(client, f"import celltrail\n{run_frame}")
    return Session(base, store, ran, while_open, answers)


def exports_of(store):
    return store.parent / "exports"


def write_notebook(file):
    """A saved notebook of all cells, none of which has run in it."""
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [], "source": source}
            for n, (_, source) in enumerate(cells())
        ],
    }
    file.write_text(json.dumps(notebook), "utf-8")


def questions(face, store):
    """Every reading of a face in words; it is asked of what the store holds, if it needs names."""
    held = held_by(store)
    few = {kind: names[-2:] for kind, names in held.items()}
    exports = [
        [name, "--to", str(exports_of(store) / f"{n}.{ending}"), "--dropped", "--force"]
        for n, (name, ending) in enumerate(product(held["results"], ("py", "ipynb")))
    ]
    arguments = {
        "why": [[]] + [[name] for name in held["results"]],
        "compare": [[]] + [list(pair) for pair in pairwise(held["results"])],
        "check": [[]] + [[name] for name in few["results"]],
        "report": [["latest"]],
        "stale": [[], [str(store.parent / NOTEBOOK)]],
        "data log": [[name] for name in held["data"]],
        "data lineage": [[name] for name in held["data"]],
        "data diff": [
            *(list(pair) for pair in pairwise(held["snapshots"])),
            ["keyed@1", "keyed@2", "--key", "api_key"],
            *(list(pair) for pair in pairwise(held["data"])),
        ],
        "data get": [["kept", "--to", str(store.parent / "kept.csv"), "--force"]],
        "recipe": [[], *exports],
    }
    if face == "cli":
        # An execution with a result for each step of its loop asks for the step.
        for name in ("show", "lineage", "recipe"):
            arguments.setdefault(name, [[]]).extend([one] for one in held["executions"])
    for name, found in capabilities_of(face).items():
        if found.is_reading or name in ALSO_ASKED:
            yield from ([*name.split(), *words] for words in arguments.get(name, [[]]))


def held_by(store):
    """Names under which results, executions and contents of a store are asked for."""
    with closing(sqlite3.connect(store / "trail.db")) as connection:

        def column(query):
            return [row[0] for row in connection.execute(query)]

        stepped = set(column("SELECT DISTINCT execution_id FROM step"))
        results = column(
            "SELECT lower(hex(uuid)) || CASE WHEN step < 0 THEN '' ELSE '.' || step END"
            " FROM result JOIN execution ON execution.id = execution_id"
        )
        executions = connection.execute("SELECT id, lower(hex(uuid)) FROM execution").fetchall()
        snapshots = column("SELECT name || '@' || version FROM snapshot ORDER BY id")
        contents = column(
            "SELECT DISTINCT 'ct1:' || lower(hex(digest)) FROM entity WHERE kind IN ('frame', 'file', 'series', 'array')"
            " AND digest IS NOT NULL"
        )
    return {
        "results": results,
        "executions": [f"{id_}.0" if row in stepped else id_ for row, id_ in executions],
        "data": ["kept", *contents],
        "snapshots": snapshots,
    }


def answers_of(store, asked):
    """What the command line prints, as text, JSON and CSV."""
    shown = {}
    for words in asked:
        for form in ((), ("--json",), ("--csv",)):
            out = io.StringIO()
            with redirect_stdout(out), redirect_stderr(out):
                code = main([*words, *form, "--store", str(store)])
            said = out.getvalue()
            assert code in (0, 1) or (code == 3 and is_worded(said)), (words, form, said)
            shown[" ".join((*words, *form))] = said.encode()
    return shown


def is_worded(said):
    """Whether a command that could not answer says what there is not, and what to do."""
    return said.startswith("celltrail: ") and "\nhint: " in said and "please report" not in said


def test_the_search_finds_a_secret_in_each_form(tmp_path):
    for number, form in enumerate(sorted(forms(SECRETS["assigned"]))):
        (tmp_path / str(number)).write_bytes(b"a" + form + b"z")

    found = leaks(files(tmp_path))

    assert len(found) == len(forms(SECRETS["assigned"]))


def test_no_secret_is_kept_by_a_session(recorded):
    places = recorded.while_open | places_of(recorded.base, recorded.store)

    assert leaks(places) == []


def test_what_is_no_secret_is_kept(recorded):
    places = places_of(recorded.base, recorded.store)

    for kind in ("table code", "table entity", "table output", "trail.db", "blobs"):
        kept = [data for place, data in places.items() if kind in place]
        assert any(CONTROL.encode() in data for data in kept), kind


def test_every_cell_plants_its_secret(recorded):
    """A cell that raises where it should not plants nothing, and the tests above say nothing."""
    raised = {shape: source for shape, source, seen in recorded.ran if '"ename"' in seen}

    assert raised.keys() - MISSING == RAISING, raised


def test_every_cell_is_recorded_without_a_problem(recorded):
    is_off = [source for _, source in cells() if "celltrail: off" in source]
    with closing(sqlite3.connect(recorded.store / "trail.db")) as connection:
        problems = connection.execute("SELECT * FROM problem").fetchall()
        count = connection.execute("SELECT count(*) FROM execution").fetchone()[0]

    assert problems == []
    assert count == len(recorded.ran) - len(is_off) + len(recorded.answers)


def test_no_secret_is_shown_by_a_magic(recorded):
    assert len(recorded.answers) >= 2 * len(FACES) + 1
    assert [name for name, text in recorded.answers.items() if '"ename"' in text] == []
    answers = {name: text.encode() for name, text in recorded.answers.items()}
    assert leaks(answers | files(recorded.exports)) == []


def test_no_secret_is_shown_by_a_command(recorded):
    asked = list(questions("cli", recorded.store))

    shown = answers_of(recorded.store, asked)

    assert {words[0] for words in asked} >= FACES
    assert len(shown) == 3 * len(asked)
    assert CONTROL.encode() in b"".join(shown.values())
    assert leaks(shown | files(recorded.exports)) == []


@pytest.mark.parametrize(
    "words",
    [
        ["show", "@S@"],
        ["why", "@S@"],
        ["report", "@S@"],
        ["stale", "@S@.ipynb"],
        ["recipe", "--to", "/nowhere/@S@.py"],
        ["data", "log", "@S@"],
        ["data", "diff", "kept", "of-@S@"],
        ["data", "diff", "kept@1", "kept@2", "--key", "@S@"],
        ["data", "get", "kept", "--to", "/nowhere/@S@.csv"],
        ["forget", "@S@"],
    ],
    ids=" ".join,
)
def test_no_secret_is_shown_by_an_error(recorded, words, capsys):
    asked = [word.replace("@S@", SECRETS["snapshot-typed-name"]) for word in words]

    code = main([*asked, "--store", str(recorded.store)])

    said = capsys.readouterr().err
    assert code in (2, 3)
    assert "‹redacted:token›" in said
    assert leaks({"error": said.encode()}) == []


def test_no_secret_is_kept_in_a_report(recorded, tmp_path):
    shutil.copytree(recorded.base / "work", tmp_path / "work")
    store = tmp_path / "work" / ".celltrail"
    shown = {}
    for result in held_by(store)["results"][-3:]:  # of code and of data that changed
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            main(["reproduce", result, "--store", str(store)])
        shown[result] = said.getvalue().encode()

    shown |= answers_of(store, [["reports"], ["report", "latest"]])

    assert b"No reports" not in shown["reports"]
    assert leaks(shown | rows(store / "trail.db")) == []


@pytest.mark.parametrize("fault", ["locked", "no-store"])
def test_no_secret_waits_in_a_spool(fault, tmp_path):
    store = tmp_path / "work" / ".celltrail"
    (tmp_path / "work").mkdir()
    if fault == "no-store":
        (tmp_path / "wall").write_text("a file where the store's folder should be")
        store = tmp_path / "wall" / ".celltrail"
    with kernel(tmp_path / "work", CELLTRAIL_STORE=str(store)) as client:
        run(client, "first = 1")
        if fault == "locked":
            with closing(sqlite3.connect(store / "trail.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                for _, source in cells():
                    if "%mlops snapshot" not in source:  # it waits long for the lock, then fails
                        run(client, source)
                places = files(store, tmp_path / "state", tmp_path / "temporary")
        else:
            for _, source in list(cells())[:70]:
                run(client, source)
            places = files(tmp_path / "state", tmp_path / "temporary")
    if fault == "locked":
        places |= places_of(tmp_path, store)  # merged when the kernel ended

    spools = {place: data for place, data in places.items() if place.endswith(".jsonl")}
    assert any(CONTROL.encode() in data for data in spools.values())
    assert any(CONTROL.encode() in data for place, data in places.items() if "blobs" in place)
    assert leaks(places) == []


def test_no_secret_of_an_injected_run_is_kept(tmp_path):
    store = tmp_path / "work" / ".celltrail"
    secret, token = SECRETS["api-run-tag"], SECRETS["api-run"]
    injected = {
        "id": "a" * 32,
        "name": f"nightly {token}",
        "params": {"api_key": secret, "n": 1, token: token},
    }
    with kernel(
        tmp_path / "work", CELLTRAIL_STORE=str(store), CELLTRAIL_RUN=json.dumps(injected)
    ) as client:
        run(client, f"n = 1  # {CONTROL}")

    places = places_of(tmp_path, store)

    assert CONTROL.encode() in places["table code"]
    assert leaks(places) == []
