"""A small trail in memory, built row by row, for tests of the reading half."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from celltrail.core.records import ExecutionRecord, MetricRecord, ParamRecord, encode_value
from celltrail.store.results import project
from celltrail.store.schema import SCRIPTS

SECOND = 1_000_000
START = 1_700_000_000 * SECOND


class Trail:
    """Writes executions as capture would; `connection` is then ready to be read."""

    def __init__(self, connection: sqlite3.Connection | None = None) -> None:
        if connection is None:
            connection = sqlite3.connect(":memory:")
            for _, script in SCRIPTS:
                connection.executescript(script)
        self.connection = connection
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.count = 0
        self.sessions: dict[str, int] = {}
        self.notebooks: dict[str, int] = {}

    def row(self, sql: str, *values: Any) -> int:
        return int(self.connection.execute(sql, values).lastrowid or 0)

    def session(self, name: str, notebook: str | None) -> tuple[int, int | None]:
        notebook_id = None
        if notebook is not None:
            if notebook not in self.notebooks:
                self.notebooks[notebook] = self.row(
                    "INSERT INTO notebook(uuid, path, created_at) VALUES (?, ?, ?)",
                    hashlib.blake2b(notebook.encode(), digest_size=16).digest(),
                    notebook,
                    START,
                )
            notebook_id = self.notebooks[notebook]
        if name not in self.sessions:
            self.sessions[name] = self.row(
                "INSERT INTO session(uuid, kind, pid, started_at, notebook_id)"
                " VALUES (?, 'kernel', 1, ?, ?)",
                f"session:{name}".encode().ljust(16)[:16],
                START,
                notebook_id,
            )
        return self.sessions[name], notebook_id

    def entity(self, name: str, content: Any, kind: str) -> int:
        """Return the entity of this content, made at most once."""
        digest = f"{name}={content}".encode().ljust(16, b".")[:16]
        found = self.connection.execute(
            "SELECT id FROM entity WHERE digest = ? AND scope = 'full' AND type = ?", (digest, kind)
        ).fetchone()
        if found:
            return int(found[0])
        summary = {"shape": [3, 2]} if kind in ("frame", "array") else {}
        return self.row(
            "INSERT INTO entity(kind, type, digest, scope, summary) VALUES (?, ?, ?, 'full', ?)",
            kind,
            kind,
            digest,
            json.dumps(summary),
        )

    def run(
        self,
        name: str,
        *,
        kind: str = "interactive",
        params: dict[str, Any] | None = None,
        parent: int | None = None,
    ) -> int:
        self.count += 1
        return self.row(
            "INSERT INTO run(uuid, name, kind, status, started_at, parent_id, params)"
            " VALUES (?, ?, ?, 'ok', ?, ?, ?)",
            (0xAB << 120 | self.count).to_bytes(16, "big"),
            name,
            kind,
            START + self.count * SECOND,
            parent,
            json.dumps(encode_value(params or {})),
        )

    def execute(
        self,
        code: str = "x = 1",
        *,
        uses: dict[str, tuple[int | None, Any, str]] | None = None,
        makes: dict[str, tuple[Any, str]] | None = None,
        params: list[ParamRecord] | None = None,
        metrics: list[MetricRecord] | None = None,
        session: str = "one",
        notebook: str | None = "work.ipynb",
        cell: str | None = None,
        status: str = "ok",
        run: int | None = None,
        steps_are_rows: bool = False,
        unseeded: list[str] | None = None,
        environment: str | None = None,
        derived: list[tuple[int, int]] | None = None,
    ) -> int:
        """Write one execution; `uses` maps a name to (source, content, kind)."""
        self.count += 1
        at = START + self.count * SECOND
        session_id, notebook_id = self.session(session, notebook)
        cell_id = None
        if cell is not None:
            self.row(
                "INSERT OR IGNORE INTO cell(notebook_id, name) VALUES (?, ?)", notebook_id, cell
            )
            cell_id = self.connection.execute(
                "SELECT id FROM cell WHERE notebook_id IS ? AND name = ?", (notebook_id, cell)
            ).fetchone()[0]
        code_digest = code.encode().ljust(16)[:16] + str(len(code)).encode()
        self.row("INSERT OR IGNORE INTO code(digest, source) VALUES (?, ?)", code_digest, code)
        environment_id = None
        if environment is not None:
            self.row(
                "INSERT OR IGNORE INTO environment(digest, python, platform, packages, git_commit,"
                " hardware) VALUES (?, '3.11.7', 'linux', '{\"pandas\": \"3.0\"}', 'abc', '{}')",
                environment,
            )
            environment_id = self.connection.execute(
                "SELECT id FROM environment WHERE digest = ?", (environment,)
            ).fetchone()[0]
        execution = self.row(
            "INSERT INTO execution(uuid, session_id, notebook_id, cell_id, code_id, environment_id,"
            " count, status, started_at, ended_at, unseeded) VALUES"
            " (?, ?, ?, ?, (SELECT id FROM code WHERE digest = ?), ?, ?, ?, ?, ?, ?)",
            self.uuid(self.count),
            session_id,
            notebook_id,
            cell_id,
            code_digest,
            environment_id,
            self.count,
            status,
            at,
            at + SECOND // 2,
            json.dumps(unseeded) if unseeded else None,
        )
        if run is not None:
            self.row("INSERT INTO run_execution VALUES (?, ?)", run, execution)
        for name, (source, content, kind) in (uses or {}).items():
            self.row(
                "INSERT INTO used VALUES (?, ?, ?, ?, 'static', NULL)",
                execution,
                name,
                self.entity(name, content, kind),
                source,
            )
        for name, (content, kind) in (makes or {}).items():
            self.row(
                "INSERT INTO generated VALUES (?, ?, ?, 'created', 'boundary')",
                execution,
                name,
                self.entity(name, content, kind),
            )
        for made, source in derived or []:
            self.row("INSERT INTO derived VALUES (?, ?, ?)", execution, made, source)
        for param in params or []:
            is_number = type(param.value) in (int, float) and abs(param.value) < float("inf")
            self.row(
                "INSERT INTO param(execution_id, step, owner, name, type, value, number, origin,"
                " reaches) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                execution,
                param.step,
                param.owner,
                param.name,
                param.type,
                json.dumps(encode_value(param.value), separators=(",", ":"), ensure_ascii=False),
                float(param.value) if is_number else None,
                param.origin,
                json.dumps(list(param.reaches)) if param.reaches else None,
            )
        for metric in metrics or []:
            kind = (
                "nan"
                if metric.value != metric.value
                else "finite"
                if abs(metric.value) != float("inf")
                else "inf"
                if metric.value > 0
                else "-inf"
            )
            self.row(
                "INSERT INTO metric(execution_id, step, name, kind, value, origin, function, model,"
                " is_value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                execution,
                metric.step,
                metric.name,
                kind,
                metric.value if kind == "finite" else None,
                metric.origin,
                metric.function,
                metric.model,
                int(metric.is_value),
            )
        if metrics:
            record = ExecutionRecord(
                id=self.id(self.count),
                session=session,
                status=status,
                started_at=at,
                ended_at=at,
                code=code,
                steps_are_rows=steps_are_rows,
                metrics=tuple(metrics),
            )
            project(self.connection, execution, record)
        return execution

    @staticmethod
    def uuid(count: int) -> bytes:
        return (0x01 << 120 | count * 0x1_0001_0001).to_bytes(16, "big")

    def id(self, count: int) -> str:
        return self.uuid(count).hex()

    def results(self) -> list[tuple[int, int]]:
        return self.connection.execute(
            "SELECT execution_id, step FROM result ORDER BY execution_id, step"
        ).fetchall()

    def params(self, execution: int, step: int = -1) -> dict[str, Any]:
        return {
            name: json.loads(value)
            for name, value in self.connection.execute(
                "SELECT name, result_param.value FROM result_param JOIN result ON result.id ="
                " result_id WHERE execution_id = ? AND step = ?",
                (execution, step),
            )
        }

    def metrics(self, execution: int, step: int = -1) -> dict[str, float | None]:
        return dict(
            self.connection.execute(
                "SELECT name, result_metric.value FROM result_metric JOIN result ON result.id ="
                " result_id WHERE execution_id = ? AND step = ?",
                (execution, step),
            ).fetchall()
        )

    def data(self, execution: int, step: int = -1) -> set[str]:
        return {
            name
            for (name,) in self.connection.execute(
                "SELECT name FROM result_data JOIN result ON result.id = result_id"
                " WHERE execution_id = ? AND step = ?",
                (execution, step),
            )
        }


def param(
    name: str,
    value: Any,
    *reaches: str,
    owner: str | None = None,
    step: int | None = None,
    origin: str = "literal",
) -> ParamRecord:
    kind = {bool: "bool", int: "int", float: "float", str: "str", type(None): "none"}.get(
        type(value), "list"
    )
    return ParamRecord(name, value, kind, origin, owner, step, reaches)


def metric(
    name: str,
    value: float,
    *,
    model: str | None = None,
    step: int | None = None,
    is_value: bool = False,
) -> MetricRecord:
    return MetricRecord(name, value, "call", "accuracy_score", step, model, is_value)
