from __future__ import annotations

import uuid

from celltrail.core.identifiers import new_id, short

NOW = 1_800_000_000_000_000


def test_an_identifier_is_a_uuid_of_version_seven() -> None:
    found = uuid.UUID(hex=new_id(NOW + 250, bytes(range(10))))

    assert found.version == 7
    assert found.variant == uuid.RFC_4122
    assert found.int >> 80 == NOW // 1000
    assert (found.int >> 64) & 0xFFF == 1024  # a quarter of a millisecond


def test_identifiers_sort_by_time_within_a_millisecond() -> None:
    ids = [new_id(NOW + us, bytes([255 - us % 256] * 10)) for us in range(0, 2000, 5)]

    assert ids == sorted(ids)
    assert {len(one) for one in ids} == {32}


def test_entropy_tells_two_of_one_moment_apart() -> None:
    assert new_id(NOW, b"a" * 10) != new_id(NOW, b"b" * 10)


def test_a_short_identifier_is_the_random_end() -> None:
    assert short("0" * 24 + "12345678") == "12345678"
