"""Names that people give to secrets: variables, params, keys, headers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

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


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


_KEY_OWNERS = word_set(
    "api access private secret account encryption decryption signing master shared ssh "
    "subscription storage service auth aws gcp azure openai anthropic wandb hf huggingface "
    "stripe sendgrid google maps hmac jwt aes rsa consumer deploy cohere groq mistral "
    "pinecone langchain langsmith kaggle comet neptune gemini serpapi tavily deepseek "
    "replicate webhook app"
)
_PASS_OWNERS = word_set(
    "db database user my admin root smtp ftp sftp mail email sudo pg postgres mysql redis "
    "mongo login ssh proxy http basic rabbitmq ldap imap sql test"
)
# words after which the name is about a secret, not the secret
_ABOUT = word_set(
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
_FLAGS = word_set(
    "use no is has have require requires required need needs skip allow disable enable with "
    "show hide check verify validate ask prompt wrong bad invalid missing forgot reset change "
    "n num max min total count avg mean per len hashed unhashed non without"
)
# words before `token` that make it a piece of text or a place in a list
_TEXT_TOKENS = word_set(
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
_TRAILERS = word_set(
    "value values val str string raw plain plaintext bytes b64 base64 default prod production "
    "dev staging test testing live old new current real id key keys token tokens secret "
    "password hash hex encoded pair json data text1 override primary secondary hashed"
)
NOT_SECRET_KEYS = word_set(
    "user username user_name login email host hostname port type scheme name url region "
    "project client_id path kind method in description"
)


class Name(NamedTuple):
    """What a name says of the value that it stands for."""

    kind: str  # "" when the name does not name a secret
    strong: bool  # weak names need a value that looks like a secret
    connection: bool = False


PLAIN_NAME = Name("", False)
NAME_HINT = re.compile(
    r"pass|pwd|secret|token|auth|cred|dsn|connstr|conn\w{0,7}[_ -]?str|key|bearer|jwt"
    r"|\bpw|_pw|[_-]pat\b"
)


@lru_cache(maxsize=4096)
def secret_name(name: str) -> Name:
    """Judge a name by its whole words, from the last one back."""
    if not 2 <= len(name) <= 120 or not NAME_HINT.search(name.lower()):
        return PLAIN_NAME
    words = [word.lower() for word in _CAMEL.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words:
        return PLAIN_NAME
    for tail in _CONNECTIONS:
        if tuple(words[-len(tail) :]) == tail:
            return Name("url", False, True)
    if words[0] in _FLAGS and len(words) > 1:
        return PLAIN_NAME
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
                return Name(kind, strong)
            # `password_bob`, `API_KEY_STAGING2`: a word that says whose, not what about it
            whose = strong and kind != "token" and not any(rest in _ABOUT for rest in after)
            return Name(kind, False) if whose else PLAIN_NAME
        if word in _ABOUT and at == len(words) - 1:
            return PLAIN_NAME
    return PLAIN_NAME


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
    return bool(secret_name(name).kind)
