"""Secrets seen before, and those of the environment."""

import base64
import json
import pickle
from urllib.parse import quote

import pytest
from planted import S

from celltrail.core.redaction import SecretMemory, secret_environment_values

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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", S),
        ("api_key", S.encode()),
        ("config", {"db": {"password": S, "port": 5}}),
        ("passwords", ["b", S]),
        ("people", {"name": ["bob"], "client_secret": [S]}),
        ("link", f"postgres://ann:{S}@db/x"),
        ("auth_token", S),
    ],
    ids=["text", "bytes", "dict", "list", "column", "url", "weak-name"],
)
def test_a_value_from_outside_is_learnt_by_its_name(name, value):
    memory = SecretMemory()
    memory.learn_value(name, value)

    assert memory.redact(f"it is {S}!").text == "it is ‹redacted:remembered›!"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", "understanding"),
        ("tokens", ["hello", "transformers"]),
        ("password", "data/passwords.txt"),
        ("password", 12345678),
        ("note", S),
        ("creds", {"user": "bob_the_builder1"}),
        ("api_key", "x" * 10_000),
    ],
    ids=["word", "words", "path", "number", "plain-name", "user", "data"],
)
def test_a_value_from_outside_that_is_no_secret_is_not_learnt(name, value):
    memory = SecretMemory()
    memory.learn_value(name, value)

    assert len(memory) == 0


def test_the_look_at_a_large_value_ends():
    deep = [[[[["x"] * 300] * 300] * 300] * 300] * 300
    memory = SecretMemory()
    memory.learn_value("rows", {"password": S, "deep": deep})

    assert len(memory) == 1


def test_a_remembered_number_is_found_as_a_number():
    memory = SecretMemory()
    memory.learn("password = 90817263541")

    redacted = memory.redact_value("summary", {"value": 90817263541, "other": 12})

    assert redacted == {"value": "‹redacted:remembered›", "other": 12}
