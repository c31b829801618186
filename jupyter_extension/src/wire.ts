// Written by `make wire` from src/celltrail/faces/server/wire.py; a test keeps it fresh.

export const API = 1;

/** Names of metrics that are better the smaller they are. */
export const LESS_IS_BETTER = /(^|_)(loss|losses|error|errors|rmse|mse|mae|mape|msle|rmsle|medae|deviance|brier|hamming|perplexity|regret|bias|latency|seconds|duration)(_|\b|$)/i;

export interface NotFinite {
  '$float': 'nan' | 'inf' | '-inf';
}

export type Number = number | NotFinite;

export type Verdict = 'ok' | 'warning' | 'failed' | 'unknown';

export type Reason = 'no_store' | 'store_locked' | 'store_newer' | 'store_broken' | 'not_found' | 'usage' | 'forbidden' | 'too_long' | 'failed';

/**
 * Every answer that is not 2xx or 304.
 *
 * Attributes
 * ----------
 * message
 *     What was found, as a sentence.
 * reason
 *     Which state a face shows; one of a few.
 * code
 *     A stable word for programs; new ones may come.
 * hint
 *     What to do next; null where there is nothing.
 */
export interface ErrorReply {
  message: string;
  reason: Reason;
  code: string;
  hint: string | null;
}

/**
 * The store that answers.
 *
 * Attributes
 * ----------
 * path
 *     Of the ``.celltrail`` folder, from the folder that the server serves.
 * state
 *     Missing: the first recorded cell makes it.
 * message, hint
 *     As in `ErrorReply`; null when it is ready.
 */
export interface StoreState {
  path: string;
  state: 'ready' | 'missing' | 'locked' | 'newer' | 'broken';
  message: string | null;
  hint: string | null;
}

/**
 * How much the store holds; `executions_ok` and `running` are among the executions.
 */
export interface Counts {
  executions: number;
  executions_ok: number;
  running: number;
  results: number;
  runs: number;
  notebooks: number;
  problems: number;
}

/**
 * Something that recording could not do.
 *
 * Attributes
 * ----------
 * at
 *     Time.
 * where
 *     The part of recording that met it.
 * message
 * execution
 *     Identifier of the cell's execution, where one was running.
 */
export interface Problem {
  at: string | null;
  where: string;
  message: string;
  execution: string | null;
}

/**
 * ``GET status``.
 *
 * Attributes
 * ----------
 * version
 *     Of celltrail in the server's environment.
 * api
 *     `API`: what a front end compares with the one it was built for.
 * store
 * recording
 *     What the project's settings and the server's environment say of new kernels.
 * warning
 *     What is wrong with the settings; null when nothing is.
 * spooled
 *     Records that wait outside the database.
 * counts
 *     Null unless the store is ready.
 * problems
 *     The newest ones.
 * sequence
 *     As in `ChangesReply`.
 */
export interface StatusReply {
  version: string;
  api: number;
  store: StoreState;
  recording: boolean;
  warning: string | null;
  spooled: number;
  counts: Counts | null;
  problems: Problem[];
  sequence: number;
}

/**
 * ``GET binding``: what a page has to know before it tells a kernel its notebook.
 *
 * Attributes
 * ----------
 * file
 *     The notebook's absolute path.
 * is_copy
 *     The identifier in its metadata is that of another file, which is still there.
 */
export interface BindingReply {
  file: string;
  is_copy: boolean;
}

/**
 * The session in which a notebook ran last.
 *
 * Attributes
 * ----------
 * id
 * executions
 *     Begun, the running one among them.
 * running
 * has_ended
 *     Whether its kernel said goodbye.
 */
export interface SessionState {
  id: string;
  executions: number;
  running: number;
  has_ended: boolean;
}

/**
 * ``GET changes``: cheap enough to be asked every second.
 *
 * Attributes
 * ----------
 * store
 *     Tells this store from another one that takes its place, where `sequence` begins anew;
 *     null where there is none yet.
 * sequence
 *     Grows with every write; 0 where there is no store.
 * kinds
 *     Sorts of rows written after `since`, of the last thousand writes: execution, result,
 *     run, report, session, problem, forget …; empty without `since`.
 * session
 *     Of the notebook asked about; null without one, or before it ran.
 */
export interface ChangesReply {
  store: string | null;
  sequence: number;
  kinds: string[];
  session: SessionState | null;
}

/**
 * A content that a result was computed from; `digest` null: its content is unknown.
 */
export interface DataItem {
  name: string;
  digest: string | null;
  kind: string;
  scope: string;
  shape: number[] | null;
}

/**
 * The newest verdict of running a result again; `report` is the identifier of its report.
 */
export interface Reproduced {
  outcome: string;
  at: string | null;
  report: string;
}

/**
 * One result.
 *
 * Attributes
 * ----------
 * id, short
 * title
 *     The type of the model that it judges, else the name of its first metric.
 * notebook
 *     Path as recorded, absolute.
 * notebook_path
 *     The same for the server's contents API; null outside the folder that it serves.
 * cell
 *     Identifier of the notebook's cell; null outside notebooks.
 * started_at, status
 * metrics
 *     Numbers by name.
 * params
 *     Values in force, by name.
 * data
 *     What the rest was made of.
 * environment
 *     Digest of what it ran on.
 * run
 *     Name or identifier of its run.
 * tags
 *     Its own, and those of its execution and its run.
 * own_tags
 *     Keys of those that are its own: only these can be taken off it.
 * is_starred
 *     Has the tag ``star`` itself.
 * is_unseeded
 *     Drew random numbers with no seed upstream.
 * reproduced
 *     Null: nobody ran it again.
 */
export interface ResultItem {
  id: string;
  short: string;
  title: string;
  notebook: string | null;
  notebook_path: string | null;
  cell: string | null;
  started_at: string | null;
  status: string;
  metrics: Record<string, Number>;
  params: Record<string, unknown>;
  data: DataItem[];
  environment: string | null;
  run: string | null;
  tags: Record<string, string>;
  own_tags: string[];
  is_starred: boolean;
  is_unseeded: boolean;
  reproduced: Reproduced | null;
}

/**
 * ``GET results``; `cursor` asks for the next page, null at the end.
 */
export interface ResultsReply {
  results: ResultItem[];
  cursor: string | null;
}

/**
 * One run of one cell.
 *
 * Attributes
 * ----------
 * id, short
 * notebook, notebook_path, cell
 *     As in `ResultItem`.
 * session
 *     Identifier.
 * count
 *     Of ``In [count]``.
 * status
 *     running, ok, error, interrupted or aborted.
 * started_at, ended_at
 * error
 *     Its last line.
 * code
 *     As executed, without secrets; null where it is too long for a list.
 * environment
 * unseeded
 *     Random sources that moved with no seed.
 * opaque
 *     What could not be observed: shell, network, exec.
 */
export interface ExecutionItem {
  id: string;
  short: string;
  notebook: string | null;
  notebook_path: string | null;
  cell: string | null;
  session: string;
  count: number | null;
  status: string;
  started_at: string | null;
  ended_at: string | null;
  error: string | null;
  code: string | null;
  environment: string | null;
  unseeded: string[];
  opaque: string[];
}

/**
 * ``GET executions``, newest first.
 */
export interface ExecutionsReply {
  executions: ExecutionItem[];
  cursor: string | null;
}

/**
 * What an execution ran on; `packages` has versions by name.
 */
export interface EnvironmentItem {
  digest: string;
  python: string;
  platform: string;
  packages: Record<string, string>;
  git_commit: string | null;
  hardware: Record<string, unknown>;
}

/**
 * ``GET results/{id}`` and its PATCH.
 *
 * Attributes
 * ----------
 * executions
 *     Its own, in the order in which they ran, with their whole code.
 * upstream
 *     How many executions it came from besides.
 * series
 *     Steps and values of metrics that were logged by step.
 * environment_detail
 * unseeded, opaque
 *     Of everything upstream.
 * notes
 *     Oldest first.
 */
export interface ResultReply {
  id: string;
  short: string;
  title: string;
  notebook: string | null;
  notebook_path: string | null;
  cell: string | null;
  started_at: string | null;
  status: string;
  metrics: Record<string, Number>;
  params: Record<string, unknown>;
  data: DataItem[];
  environment: string | null;
  run: string | null;
  tags: Record<string, string>;
  own_tags: string[];
  is_starred: boolean;
  is_unseeded: boolean;
  reproduced: Reproduced | null;
  executions: ExecutionItem[];
  upstream: number;
  series: Record<string, [number, Number][]>;
  environment_detail: EnvironmentItem | null;
  unseeded: string[];
  opaque: string[];
  notes: string[];
}

/**
 * A named group of executions; `executions` and `results` are counts, `parent` a run's id.
 */
export interface RunItem {
  id: string;
  short: string;
  name: string | null;
  kind: string;
  status: string;
  started_at: string | null;
  ended_at: string | null;
  parent: string | null;
  params: Record<string, unknown>;
  executions: number;
  results: number;
  tags: Record<string, string>;
  is_starred: boolean;
}

/**
 * ``GET runs``, newest first.
 */
export interface RunsReply {
  runs: RunItem[];
  cursor: string | null;
}

/**
 * ``GET runs/{id}`` and its PATCH; `notes` oldest first.
 */
export interface RunReply {
  id: string;
  short: string;
  name: string | null;
  kind: string;
  status: string;
  started_at: string | null;
  ended_at: string | null;
  parent: string | null;
  params: Record<string, unknown>;
  executions: number;
  results: number;
  tags: Record<string, string>;
  is_starred: boolean;
  notes: string[];
}

/**
 * The body of a PATCH; what is not named stays.
 *
 * Attributes
 * ----------
 * name
 *     Of a run.
 * tags
 *     Values by key; null removes one.
 * note
 *     One more note.
 * star
 *     Sets or removes the tag ``star``, as ``%mlops tag ID star`` and ``star-`` do.
 */
export interface LabelsBody {
  name?: string;
  tags?: Record<string, string | null>;
  note?: string;
  star?: boolean;
}

/**
 * An execution in a graph; `id` is the node's, `execution` the execution's.
 */
export interface ExecutionNode {
  id: string;
  node: 'execution';
  execution: string;
  short: string;
  notebook: string | null;
  notebook_path: string | null;
  cell: string | null;
  count: number | null;
  status: string;
  started_at: string | null;
  code: string | null;
  unseeded: string[];
  opaque: string[];
}

/**
 * A content in a graph, with the `names` it went by; `kind` is frame, estimator, file etc.
 */
export interface EntityNode {
  id: string;
  node: 'entity';
  name: string | null;
  names: string[];
  kind: string;
  type: string;
  digest: string | null;
  scope: string;
  shape: number[] | null;
  size: number | null;
}

/**
 * A content went into an execution; `made_by` is the execution that made it so.
 */
export interface UsedEdge {
  kind: 'used';
  source: string;
  target: string;
  name: string;
  made_by: string | null;
  evidence: string;
}

/**
 * A content came out of an execution; `change` is created, rebound, mutated or written.
 */
export interface GeneratedEdge {
  kind: 'generated';
  source: string;
  target: string;
  name: string;
  change: string;
  evidence: string;
}

/**
 * A content was made of another one by an execution.
 */
export interface DerivedEdge {
  kind: 'derived';
  source: string;
  target: string;
  execution: string;
  evidence: string;
}

/**
 * ``GET lineage``.
 *
 * Attributes
 * ----------
 * result
 *     What was asked about; null for an execution without a result.
 * nodes
 *     Executions in the order in which they ran, then contents.
 * edges
 *     `source` and `target` are ids of nodes, in the direction in which content flowed.
 */
export interface LineageReply {
  result: ResultItem | null;
  nodes: (ExecutionNode | EntityNode)[];
  edges: (UsedEdge | GeneratedEdge | DerivedEdge)[];
}

/**
 * A sentence, or some lines.
 */
export interface TextPart {
  part: 'text';
  text: string;
}

/**
 * A table of texts.
 *
 * Attributes
 * ----------
 * part, headings, rows
 * right
 *     Columns of numbers.
 * best
 *     (row, column) of the best values.
 * keep
 *     How many of the first columns are shown however narrow the place is.
 */
export interface TablePart {
  part: 'table';
  headings: string[];
  rows: string[][];
  right: number[];
  best: [number, number][];
  keep: number;
}

/**
 * Source text; of a diff the lines start with ``+``, ``-`` or a blank.
 */
export interface CodePart {
  part: 'code';
  text: string;
  is_diff: boolean;
}

export type Part = TextPart | TablePart | CodePart;

/**
 * ``GET readings/{capability}``.
 *
 * Attributes
 * ----------
 * capability
 * report
 *     The facts; `kind` says of which capability, other fields are its own.
 * parts
 *     The same for people, in order. Times in it are in the server's zone.
 * figure
 *     Plotly's JSON (`data`, `layout`); null where there is none.
 * no_figure
 *     Why; null where there is one.
 */
export interface ReadingReply {
  capability: string;
  report: Record<string, unknown>;
  parts: Part[];
  figure: Record<string, unknown> | null;
  no_figure: string | null;
}

/**
 * A report that was kept; `target` is the result, run or execution it is about.
 */
export interface ReportItem {
  id: string;
  short: string;
  kind: string;
  target: string | null;
  at: string | null;
  verdict: Verdict | null;
  summary: string;
}

/**
 * ``GET reports``, newest first.
 */
export interface ReportsReply {
  reports: ReportItem[];
  cursor: string | null;
}

/**
 * ``GET reports/{id}``; the rest as in `ReadingReply`.
 */
export interface ReportReply {
  id: string;
  short: string;
  kind: string;
  target: string | null;
  at: string | null;
  verdict: Verdict | null;
  summary: string;
  report: Record<string, unknown>;
  parts: Part[];
  figure: Record<string, unknown> | null;
  no_figure: string | null;
}

/**
 * One parameter of a capability.
 *
 * Attributes
 * ----------
 * name
 *     Its name in a query.
 * flag
 *     ``--name`` on a ``%mlops`` line; null for a word in its place.
 * help
 * kind
 *     text, number (whole), real or flag.
 * metavar
 * is_repeated
 * is_required
 * default
 * completes
 *     What its value is among: results, runs, columns, notebooks, snapshots, variables.
 * choices
 *     The only words it takes; empty where any will do.
 * is_act
 *     Writes something: not a parameter of ``readings/``.
 */
export interface ParameterItem {
  name: string;
  flag: string | null;
  help: string;
  kind: 'text' | 'number' | 'real' | 'flag';
  metavar: string | null;
  is_repeated: boolean;
  is_required: boolean;
  default: unknown;
  completes: string | null;
  choices: string[];
  is_act: boolean;
}

/**
 * One thing that can be asked for.
 *
 * Attributes
 * ----------
 * name, summary, example
 * parameters
 * needs
 *     ``store``, or ``kernel``: wants live objects.
 * faces
 *     Where it can be asked: magic, cli, rest.
 * is_reading
 *     Changes nothing.
 * has_figure
 * no_figure
 *     Why there is none; null where there is one.
 */
export interface CapabilityItem {
  name: string;
  summary: string;
  example: string;
  parameters: ParameterItem[];
  needs: 'store' | 'kernel';
  faces: ('magic' | 'cli' | 'rest')[];
  is_reading: boolean;
  has_figure: boolean;
  no_figure: string | null;
}

/**
 * ``GET capabilities``, in the order of the command line's help.
 */
export interface CapabilitiesReply {
  capabilities: CapabilityItem[];
}

/**
 * One thing that a report found.
 */
export interface FindingItem {
  verdict: Verdict;
  sentence: string;
  hint: string | null;
  executions: string[];
}

/**
 * Why a cell has a state; `cause` is the execution that brought it about.
 */
export interface ReasonItem {
  state: string;
  sentence: string;
  name: string | null;
  cause: string | null;
}

/**
 * One cell of a notebook.
 *
 * Attributes
 * ----------
 * cell
 *     Its id in the notebook; null where it has none.
 * place
 *     Counts the code cells from 1; null where it is gone.
 * execution, count, line
 *     Its newest execution, and its first line of code.
 * state
 *     The first of `states`: what a mark shows. running, never run, other session, failed,
 *     edited, stale, orphan, unseeded, overtaken or current.
 * states
 * reasons
 * code
 *     As it ran, without secrets; null where it never did, or is too long for a list.
 */
export interface CellStateItem {
  cell: string | null;
  place: number | null;
  execution: string | null;
  count: number | null;
  line: string;
  state: string;
  states: string[];
  reasons: ReasonItem[];
  code: string | null;
}

/**
 * One result of the session, judged as its cell is.
 */
export interface ResultStateItem {
  result: string;
  execution: string;
  cell: string | null;
  count: number | null;
  state: string;
  states: string[];
  reasons: ReasonItem[];
}

/**
 * One cell to run again.
 */
export interface PlanStepItem {
  cell: string | null;
  place: number | null;
  execution: string | null;
  count: number | null;
  line: string;
  why: string;
  warning: string | null;
}

/**
 * ``GET stale``: the report of the capability of that name.
 *
 * Attributes
 * ----------
 * kind, summary, verdict, findings
 * notebook
 *     Path as recorded.
 * session
 *     The session that the states are about.
 * is_order_known
 *     Whether the saved notebook could be read.
 * cells
 *     In the order of the notebook, then those that are gone.
 * results
 *     Newest first.
 * plan
 *     What to run, in order.
 * blocked, unknown
 *     What no plan can refresh, and what could not be compared, in sentences.
 */
export interface StaleReply {
  kind: 'stale';
  summary: string;
  verdict: Verdict | null;
  findings: FindingItem[];
  notebook: string | null;
  session: string | null;
  is_order_known: boolean;
  cells: CellStateItem[];
  results: ResultStateItem[];
  plan: PlanStepItem[];
  blocked: string[];
  unknown: string[];
}
