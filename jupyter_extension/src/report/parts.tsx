/** The parts of a report: sentences, tables and code. Every name in them is text. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { CodePart, Part, TablePart } from '../wire';
import { readVerdict, VerdictLine } from './verdict';

interface PartsProps {
  parts: readonly Part[];
  trans: TranslationBundle;
}

/** Shows parts in order; empty lines, which part them in a terminal, are left out. */
export function Parts({ parts, trans }: PartsProps): React.JSX.Element {
  return (
    <div className="jp-Celltrail-parts">
      {parts.map((part, index) => (
        <OnePart key={index} part={part} trans={trans} />
      ))}
    </div>
  );
}

function OnePart({
  part,
  trans
}: {
  part: Part;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  if (part.part === 'table') {
    return <TextTable table={part} trans={trans} />;
  }
  if (part.part === 'code') {
    return <Code code={part} trans={trans} />;
  }
  if (!part.text.trim()) {
    return null;
  }
  const { verdict, text } = readVerdict(part.text);
  return verdict ? (
    <VerdictLine verdict={verdict} text={text} trans={trans} />
  ) : (
    <p className="jp-Celltrail-text">
      <Sentence text={text} />
    </p>
  );
}

/** Shows text with what stands between backticks as code. */
export function Sentence({ text }: { text: string }): React.JSX.Element {
  // Every second piece was between backticks.
  const pieces = text.split(/`([^`\n]+)`/);
  return (
    <>
      {pieces.map((piece, index) =>
        index % 2 ? <code key={index}>{piece}</code> : piece
      )}
    </>
  );
}

interface TextTableProps {
  table: TablePart;
  trans: TranslationBundle;
  label?: string;
}

/** Shows a table that scrolls in a box of its own. */
export function TextTable({
  table,
  trans,
  label
}: TextTableProps): React.JSX.Element {
  const right = new Set(table.right);
  const best = new Set(table.best.map(([row, column]) => `${row},${column}`));
  const side = (column: number): string =>
    right.has(column) ? 'jp-Celltrail-number' : '';
  return (
    <div
      className="jp-Celltrail-scroll"
      role="region"
      aria-label={label ?? trans.__('Table')}
      tabIndex={0}
    >
      <table className="jp-Celltrail-table">
        <thead>
          <tr>
            {table.headings.map((heading, column) => (
              <Heading key={column} text={heading} side={side(column)} />
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, column) => (
                <td key={column} className={side(column)}>
                  {best.has(`${row},${column}`) ? (
                    <Best text={cell} trans={trans} />
                  ) : (
                    cell
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A heading of no words is no heading to a screen reader. */
function Heading({
  text,
  side
}: {
  text: string;
  side: string;
}): React.JSX.Element {
  return text ? (
    <th scope="col" className={side}>
      {text}
    </th>
  ) : (
    <td className={side} />
  );
}

function Best({
  text,
  trans
}: {
  text: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  return (
    <>
      <strong>{text}</strong>
      <span className="jp-Celltrail-hidden"> {trans.__('best')}</span>
    </>
  );
}

const DIFF_CLASSES: Record<string, string> = {
  '+': 'jp-Celltrail-added',
  '-': 'jp-Celltrail-removed'
};

/** The first two lines name the sides; `@@` says where in them a piece stands. */
function classOf(line: string, index: number): string | undefined {
  const isHead = index < 2 && /^(---|\+\+\+) /.test(line);
  return isHead || line.startsWith('@@ ')
    ? 'jp-Celltrail-place'
    : DIFF_CLASSES[line.charAt(0)];
}

interface CodeProps {
  code: CodePart;
  trans: TranslationBundle;
  label?: string;
}

/** Shows source text; of a diff, the signs stay in the text. */
export function Code({ code, trans, label }: CodeProps): React.JSX.Element {
  const { text, is_diff: isDiff } = code;
  const ofKind = isDiff ? trans.__('Changed code') : trans.__('Code');
  return (
    <pre
      className="jp-Celltrail-code"
      role="region"
      aria-label={label ?? ofKind}
      tabIndex={0}
    >
      {isDiff
        ? text.split('\n').map((line, index) => (
            <div key={index} className={classOf(line, index)}>
              {line || ' '}
            </div>
          ))
        : text}
    </pre>
  );
}
