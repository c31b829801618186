"""Records as they may be written: no secret in any name, value, summary or message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from celltrail.capture.secrets import SecretWatch
from celltrail.core.records import EntityRecord, MetricRecord, RunRecord
from celltrail.core.redaction import is_secret_name

_SAFE_TYPES = frozenset({"float", "bool", "NoneType"})  # no room for a secret
# What a profile says of a column's values, and not only of how many there are.
_QUOTED_FACTS = frozenset({"min", "max", "mean", "std", "quantiles", "top"})
_SAFE_INTEGERS = range(-99_999, 100_000)  # shorter than any secret that is remembered
# The end of a text that `core.digest_summary` has cut: half of a secret is no longer known as one.
_CUT_WORD = re.compile(r"(?:(?<=\s)|(?<=\\[nrt]))\S+\Z")


class Redactor:
    """Takes what one session knows to be secret out of everything that it writes."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._watch = SecretWatch(environ)
        self.secrets = self._watch.memory

    def look(self, namespace: Mapping[str, Any], names: Iterable[str]) -> None:
        """Learn the secrets in what a cell made (see `SecretWatch.look`)."""
        self._watch.look(namespace, names)

    def text(self, text: str) -> str:
        """The text without its secrets."""
        return self.secrets.redact(text).text

    def value(self, name: str, value: Any) -> Any:
        """The value that may be written under `name`."""
        return self.secrets.redact_value(name, value)

    def run(self, run: RunRecord) -> RunRecord:
        """The run as it may be written: people put secrets into names and tags too."""
        self.secrets.learn_value("", run.params)
        params = {self.text(k): self.value(k, v) for k, v in run.params.items()}
        name = None if run.name is None else self.text(run.name)
        return replace(run, name=name, tags=self.tags(run.tags), params=params)

    def tags(self, tags: Mapping[str, Any]) -> dict[str, str]:
        """Tags as they may be written; their values are learnt first."""
        self.secrets.learn_value("", dict(tags))
        return {self.text(k): self.value(k, str(v)) for k, v in tags.items()}

    def metric(self, metric: MetricRecord) -> MetricRecord:
        """The metric under a name that may be written."""
        name = self.text(metric.name)
        return metric if name == metric.name else replace(metric, name=name)

    def entity(self, entity: EntityRecord) -> EntityRecord:
        """Summaries, column names and reasons quote the user's values."""
        summary = entity.summary
        if entity.type in _SAFE_TYPES:
            return entity
        if entity.type == "int" and summary.get("value", 0) in _SAFE_INTEGERS:
            return entity
        text = summary.get("repr")
        if entity.kind == "text" and text and summary["length"] > len(text) - 2:
            summary = summary | {"repr": _CUT_WORD.sub("", text)}
        if "profile" in summary:
            summary = summary | {"profile": _without_secret_columns(summary["profile"])}
        names = "\n".join(name for name, _, _ in entity.columns)
        columns = entity.columns
        if names and self.secrets.redact(names).count:
            columns = tuple((self.text(n), dtype, digest) for n, dtype, digest in columns)
        if not summary and columns is entity.columns and not entity.reason:
            return entity
        return replace(
            entity,
            summary=self.value("summary", summary),
            columns=columns,
            reason=entity.reason and self.text(entity.reason),
        )


def _without_secret_columns(profile: dict[str, Any]) -> dict[str, Any]:
    """A profile without values of columns whose names are those of secrets."""
    columns = [
        {fact: value for fact, value in column.items() if fact not in _QUOTED_FACTS}
        if is_secret_name(column["name"])
        else column
        for column in profile["columns"]
    ]
    return profile | {"columns": columns}
