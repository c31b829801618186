"""The tables of the trail, one frozen script per released migration.

Conventions: integer row ids inside the store; `uuid` is a 16-byte time-ordered
identifier for rows that leave it; times are microseconds since 1970 in UTC;
digests are the 16 bytes behind ``ct1:``; a metric keeps its kind beside the
number because SQLite stores NaN as NULL; JSON columns hold `encode_value` text.
"""

from __future__ import annotations

TRAIL = """
CREATE TABLE notebook (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  path TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notebook_path ON notebook(path);

CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  pid INTEGER NOT NULL,
  kernel_id TEXT,
  client TEXT,
  notebook_id INTEGER REFERENCES notebook(id),
  started_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

CREATE TABLE cell (
  id INTEGER PRIMARY KEY,
  notebook_id INTEGER REFERENCES notebook(id),
  name TEXT NOT NULL
) STRICT;
-- An expression, because UNIQUE tells every NULL from every other.
CREATE UNIQUE INDEX cell_identity ON cell(coalesce(notebook_id, 0), name);

CREATE TABLE code (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  source TEXT,
  blob TEXT
) STRICT;

CREATE TABLE environment (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  python TEXT NOT NULL,
  platform TEXT NOT NULL,
  packages TEXT NOT NULL,
  git_commit TEXT,
  hardware TEXT NOT NULL
) STRICT;

CREATE TABLE execution (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  session_id INTEGER NOT NULL REFERENCES session(id),
  notebook_id INTEGER REFERENCES notebook(id),
  cell_id INTEGER REFERENCES cell(id),
  code_id INTEGER NOT NULL REFERENCES code(id),
  environment_id INTEGER REFERENCES environment(id),
  count INTEGER,
  status TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  error TEXT,
  unseeded TEXT,
  opaque TEXT
) STRICT;
CREATE INDEX execution_session ON execution(session_id);
CREATE INDEX execution_notebook ON execution(notebook_id);
CREATE INDEX execution_cell ON execution(cell_id) WHERE cell_id IS NOT NULL;
CREATE INDEX execution_running ON execution(session_id) WHERE status = 'running';

CREATE TABLE entity (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  digest BLOB,
  scope TEXT NOT NULL,
  lineage_digest BLOB,
  size INTEGER,
  summary TEXT,
  reason TEXT
) STRICT;
CREATE UNIQUE INDEX entity_identity ON entity(coalesce(digest, lineage_digest), scope, type);

CREATE TABLE column_digest (
  entity_id INTEGER NOT NULL REFERENCES entity(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  dtype TEXT NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (entity_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE used (
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  entity_id INTEGER NOT NULL REFERENCES entity(id),
  source_id INTEGER REFERENCES execution(id) ON DELETE SET NULL,
  evidence TEXT NOT NULL,
  "check" TEXT,
  PRIMARY KEY (execution_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_source ON used(source_id) WHERE source_id IS NOT NULL;
CREATE INDEX used_entity ON used(entity_id);

CREATE TABLE generated (
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  entity_id INTEGER NOT NULL REFERENCES entity(id),
  change TEXT NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY (execution_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX generated_entity ON generated(entity_id);

CREATE TABLE derived (
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  entity_id INTEGER NOT NULL REFERENCES entity(id),
  source_entity_id INTEGER NOT NULL REFERENCES entity(id),
  PRIMARY KEY (execution_id, entity_id, source_entity_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE invalidated (
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (execution_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE step (
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  n INTEGER NOT NULL,
  variables TEXT NOT NULL,
  PRIMARY KEY (execution_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE param (
  id INTEGER PRIMARY KEY,
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  step INTEGER,
  owner TEXT,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  value TEXT NOT NULL,
  number REAL,
  origin TEXT NOT NULL,
  reaches TEXT
) STRICT;
CREATE INDEX param_execution ON param(execution_id);

CREATE TABLE metric (
  id INTEGER PRIMARY KEY,
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  step INTEGER,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  value REAL,
  origin TEXT NOT NULL,
  function TEXT,
  model TEXT,
  is_value INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX metric_execution ON metric(execution_id);

CREATE TABLE output (
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  mime TEXT NOT NULL,
  name TEXT,
  text TEXT,
  blob TEXT,
  size INTEGER NOT NULL,
  note TEXT,
  PRIMARY KEY (execution_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE artifact (
  id INTEGER PRIMARY KEY,
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  blob TEXT NOT NULL,
  size INTEGER NOT NULL,
  mime TEXT NOT NULL,
  UNIQUE (execution_id, name)
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  name TEXT,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  parent_id INTEGER REFERENCES run(id),
  params TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE run_execution (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  PRIMARY KEY (run_id, execution_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_of_execution ON run_execution(execution_id);

-- A result's closure is looked up once, when its metrics are written: what was
-- upstream then can never change, and lists of results filter and sort on it.
CREATE TABLE result (
  id INTEGER PRIMARY KEY,
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  step INTEGER NOT NULL DEFAULT -1,
  model TEXT,
  at INTEGER NOT NULL,
  UNIQUE (execution_id, step)
) STRICT;
CREATE INDEX result_at ON result(at);
CREATE INDEX result_model ON result(model) WHERE model IS NOT NULL;

CREATE TABLE result_execution (
  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  PRIMARY KEY (result_id, execution_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX result_of_execution ON result_execution(execution_id);

CREATE TABLE result_param (
  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  value TEXT NOT NULL,
  number REAL,
  PRIMARY KEY (result_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX result_param_number ON result_param(name, number);

CREATE TABLE result_metric (
  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  value REAL,
  PRIMARY KEY (result_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX result_metric_value ON result_metric(name, value);

CREATE TABLE result_data (
  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  entity_id INTEGER NOT NULL REFERENCES entity(id),
  PRIMARY KEY (result_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX result_data_entity ON result_data(entity_id);

-- Labels: `target` is an identifier as people see it (execution, execution.step or run).
CREATE TABLE tag (
  target TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (target, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  at INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX note_target ON note(target);

CREATE TABLE problem (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  place TEXT NOT NULL,
  message TEXT NOT NULL,
  session TEXT,
  execution TEXT
) STRICT;

-- One row per committed write; the sidebar asks for what came after a sequence number.
-- The newest row is never deleted, so numbers only grow without AUTOINCREMENT (whose
-- own table is one more page in every commit).
CREATE TABLE changes (
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  row_id INTEGER NOT NULL
) STRICT;
"""

# What readings keep: reports that cannot be had again by looking, named data, calls.
READINGS = """
-- What a name stood for, whichever cell made it or read it from outside.
CREATE INDEX generated_name ON generated(name);
CREATE INDEX used_outside ON used(name) WHERE source_id IS NULL;

CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  target TEXT,
  at INTEGER NOT NULL,
  verdict TEXT,
  summary TEXT NOT NULL,
  document TEXT NOT NULL
) STRICT;
CREATE INDEX report_target ON report(target, kind) WHERE target IS NOT NULL;

-- `source` is what it was taken of: a variable's name, or a file's as `file:PATH`.
CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  source TEXT,
  execution_id INTEGER REFERENCES execution(id) ON DELETE SET NULL,
  entity_id INTEGER NOT NULL REFERENCES entity(id),
  blob TEXT NOT NULL,
  format TEXT NOT NULL,
  size INTEGER NOT NULL,
  UNIQUE (name, version)
) STRICT;
CREATE INDEX snapshot_entity ON snapshot(entity_id);

CREATE TABLE call (
  execution_id INTEGER NOT NULL REFERENCES execution(id) ON DELETE CASCADE,
  n INTEGER NOT NULL,
  kind TEXT NOT NULL,
  line INTEGER NOT NULL,
  function TEXT,
  count INTEGER NOT NULL,
  is_loop INTEGER NOT NULL,
  classes TEXT,
  inside TEXT,
  value TEXT,
  arguments TEXT,
  targets TEXT,
  labels TEXT,
  metrics TEXT,
  PRIMARY KEY (execution_id, n)
) STRICT, WITHOUT ROWID;
"""

# Migrations in the order in which they run; a released script never changes
# (tests/store/test_migrations.py pins the digests).
SCRIPTS: tuple[tuple[str, str], ...] = (
    ("v0001_trail", TRAIL),
    ("v0002_readings", READINGS),
)
