"""Secrets in text, and what holds for text and code alike."""
# ruff: noqa: E501 - outputs read best as they are printed

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import ALNUM, TEXT, cases

from celltrail.core.redaction import redact_code, redact_text


@pytest.mark.parametrize(("text", "secret", "kept"), cases(TEXT))
def test_text_loses_the_secret_and_nothing_else(text, secret, kept):
    redacted = redact_text(text)

    assert secret not in redacted.text
    assert kept in redacted.text
    assert redact_text(redacted.text) == type(redacted)(redacted.text, 0)


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


@pytest.mark.parametrize(
    "piece",
    ["a", "=", '"', "\\", "token ", "password=", "password: x, ", "://", "a://b:", "a.b-", "eyJaaaaaaaa.",
     "-----BEGIN PRIVATE KEY-----\n", "authorization: ", "mysql -h ", "curl -u ", 'f"{', "(", 'password="\\',
     "</td> <td>", "--password ", "sk-aaaaaaaaaaaaaaaaaaaa-", "password\t", "cookie: a=b;", "x@y://z", "'''", "[{"],
)  # fmt: skip
def test_cost_grows_no_faster_than_the_text(piece):
    """Four times the text in at most twelve times the time; a quadratic rule takes sixteen."""

    def seconds(size):
        text = (piece * (size // len(piece) + 1))[:size]
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            redact_text(text)
            redact_code(text)
            best = min(best, time.process_time() - started)
        return best

    small, large = seconds(10_000), seconds(40_000)

    assert large <= 12 * small + 0.05
