/** What a result was made of: params, data, environment, code and steps. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type {
  DataItem,
  EnvironmentItem,
  ExecutionItem,
  Number,
  ResultReply,
  TablePart
} from '../wire';
import { numberText, valueText } from '../wording';
import { Code, TextTable } from './parts';

interface DetailProps {
  reply: ResultReply;
  trans: TranslationBundle;
}

const HEADLINES = 4; // numbers that are shown large
const DIGEST = 12; // characters of a digest, as the command line shows it

/** The metrics: the first ones large, all others in a table. */
export function Metrics({ reply, trans }: DetailProps): React.JSX.Element {
  const metrics = Object.entries(reply.metrics);
  const more = metrics.slice(HEADLINES);
  return (
    <>
      <dl className="jp-Celltrail-headlines">
        {metrics.slice(0, HEADLINES).map(([name, value]) => (
          <div key={name}>
            <dt title={name}>{name}</dt>
            <dd title={valueTitle(value)}>{numberText(value)}</dd>
          </div>
        ))}
      </dl>
      <Section
        title={trans.__('More metrics')}
        headings={[trans.__('metric'), trans.__('value')]}
        rows={more.map(([name, value]) => [name, numberText(value)])}
        right={[1]}
        trans={trans}
      />
    </>
  );
}

/** Everything else, each part where there is any of it. */
export function Detail({ reply, trans }: DetailProps): React.JSX.Element {
  return (
    <>
      <Section
        title={trans.__('Params')}
        headings={[trans.__('param'), trans.__('value')]}
        rows={Object.entries(reply.params).map(([name, value]) => [
          name,
          valueText(value)
        ])}
        trans={trans}
      />
      <Section
        title={trans.__('Data')}
        headings={[
          trans.__('name'),
          trans.__('kind'),
          trans.__('shape'),
          trans.__('content')
        ]}
        rows={reply.data.map(data => dataRow(data, trans))}
        right={[2]}
        trans={trans}
      />
      <Steps reply={reply} trans={trans} />
      {reply.environment_detail ? (
        <Environment environment={reply.environment_detail} trans={trans} />
      ) : null}
      <section aria-label={trans.__('Code')}>
        <h2>{trans.__('Code')}</h2>
        {reply.executions.map(execution => (
          <Execution key={execution.id} execution={execution} trans={trans} />
        ))}
        <p className="jp-Celltrail-aside">
          {trans._n(
            '%1 more execution upstream.',
            '%1 more executions upstream.',
            reply.upstream
          )}
        </p>
      </section>
    </>
  );
}

interface SectionProps {
  title: string;
  headings: string[];
  rows: string[][];
  right?: number[];
  trans: TranslationBundle;
}

function Section(props: SectionProps): React.JSX.Element | null {
  const { title, headings, rows, right = [], trans } = props;
  const part = 'table' as const;
  const table: TablePart = { part, headings, rows, right, best: [], keep: 1 };
  return rows.length ? (
    <section>
      <h2>{title}</h2>
      <TextTable table={table} label={title} trans={trans} />
    </section>
  ) : null;
}

function dataRow(data: DataItem, trans: TranslationBundle): string[] {
  const content = data.digest?.slice(0, DIGEST) ?? trans.__('unknown');
  const scope = data.scope === 'full' ? '' : ` (${data.scope})`;
  return [data.name, data.kind, data.shape?.join('×') ?? '', content + scope];
}

/** Values that were logged by step, a row per step. */
function Steps({ reply, trans }: DetailProps): React.JSX.Element {
  const names = Object.keys(reply.series);
  const rows = new Map<number, string[]>();
  names.forEach((name, column) => {
    for (const [step, value] of reply.series[name]) {
      const row = rows.get(step) ?? names.map(() => '');
      row[column] = numberText(value);
      rows.set(step, row);
    }
  });
  const steps = [...rows.keys()].sort((a, b) => a - b);
  return (
    <Section
      title={trans.__('Steps')}
      headings={[trans.__('step'), ...names]}
      rows={steps.map(step => [String(step), ...(rows.get(step) ?? [])])}
      right={[0, ...names.map((_, column) => column + 1)]}
      trans={trans}
    />
  );
}

interface EnvironmentProps {
  environment: EnvironmentItem;
  trans: TranslationBundle;
}

function Environment(props: EnvironmentProps): React.JSX.Element {
  const { environment, trans } = props;
  const packages = Object.entries(environment.packages);
  const commit = environment.git_commit;
  return (
    <section aria-label={trans.__('Environment')}>
      <h2>{trans.__('Environment')}</h2>
      <p className="jp-Celltrail-text">
        {trans.__('Python %1 on %2', environment.python, environment.platform)}
        {commit
          ? `, ${trans.__('git commit %1', commit.slice(0, DIGEST))}`
          : ''}
      </p>
      {packages.length ? (
        <details>
          <summary>
            {trans._n('%1 package', '%1 packages', packages.length)}
          </summary>
          <ul className="jp-Celltrail-packages">
            {packages.map(([name, version]) => (
              <li key={name}>
                {name} {version}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}

interface ExecutionProps {
  execution: ExecutionItem;
  trans: TranslationBundle;
}

function Execution({ execution, trans }: ExecutionProps): React.JSX.Element {
  const name = `In [${execution.count ?? ' '}]`;
  return (
    <>
      <h3>
        {name} <small>{execution.short}</small>
        {execution.status === 'ok' ? null : ` · ${execution.status}`}
      </h3>
      {execution.error ? (
        <p className="jp-Celltrail-text">{execution.error}</p>
      ) : null}
      <Code
        code={{ part: 'code', text: execution.code ?? '', is_diff: false }}
        label={trans.__('Code of %1', name)}
        trans={trans}
      />
    </>
  );
}

function valueTitle(value: Number): string | undefined {
  return typeof value === 'number' ? String(value) : undefined;
}
