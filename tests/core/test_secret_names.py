"""Names that people give to secrets."""

import pytest

from celltrail.core.redaction import is_secret_name


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
