"""Secrets in params and JSON values."""

import pytest
from planted import ALNUM, S

from celltrail.core.redaction import redact_value


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
