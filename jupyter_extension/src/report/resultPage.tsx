import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useSignal } from '../sidebar/useSignal';
import { CommandIDs } from '../tokens';
import type { ResultReply } from '../wire';
import { titleOf } from '../wording';
import { Detail, Metrics } from './detail';
import { Notes, Star, Tags } from './labels';
import { Live, Problem } from './notices';
import { VerdictLine } from './verdict';
import type { ResultModel } from './result';

/** Opens something about results: a command, and their identifiers. */
export type OnOpen = (command: string, ids: readonly string[]) => void;

interface ResultPageProps {
  result: ResultModel;
  trans: TranslationBundle;
  onOpen: OnOpen;
}

/** Shows one result in full. */
export function ResultPage(props: ResultPageProps): React.JSX.Element {
  const { result, trans } = props;
  useSignal(result.changed);
  const { reply, problem, isLoading } = result.question;
  return (
    <article className="jp-Celltrail-page" aria-busy={isLoading}>
      <Problem
        problem={problem}
        trans={trans}
        onRetry={() => void result.question.ask()}
      />
      {reply ? <Whole reply={reply} {...props} /> : null}
      {isLoading && !reply ? (
        <p className="jp-Celltrail-aside">{trans.__('Reading the trail…')}</p>
      ) : null}
      <Live text={result.isSaving ? trans.__('Saving…') : ''} />
    </article>
  );
}

interface WholeProps extends ResultPageProps {
  reply: ResultReply;
}

function Whole(props: WholeProps): React.JSX.Element {
  const { reply, result, trans } = props;
  return (
    <>
      <header className="jp-Celltrail-head">
        <h1>{titleOf(reply)}</h1>
        <Star result={result} reply={reply} trans={trans} />
      </header>
      <p className="jp-Celltrail-aside">{whereText(reply, trans)}</p>
      <Metrics reply={reply} trans={trans} />
      <Warnings reply={reply} trans={trans} />
      <Actions {...props} />
      <Problem problem={result.problem} trans={trans} />
      <Tags result={result} reply={reply} trans={trans} />
      <Notes result={result} reply={reply} trans={trans} />
      <Detail reply={reply} trans={trans} />
    </>
  );
}

function whereText(reply: ResultReply, trans: TranslationBundle): string {
  const parts = [trans.__('Result %1', reply.short)];
  const notebook = reply.notebook_path ?? reply.notebook;
  if (notebook) {
    parts.push(notebook);
  }
  if (reply.started_at) {
    parts.push(new Date(reply.started_at).toLocaleString());
  }
  if (reply.status !== 'ok') {
    parts.push(reply.status);
  }
  return parts.join(' · ');
}

/** What makes a result less than certain. */
function Warnings({
  reply,
  trans
}: {
  reply: ResultReply;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { unseeded, opaque } = reply;
  const drawn = trans.__(
    'Unseeded: %1 moved with no seed upstream; a re-run may differ.',
    unseeded.join(', ')
  );
  const hidden = trans.__('Not observed: %1.', opaque.join(', '));
  return (
    <>
      {unseeded.length ? (
        <VerdictLine verdict="warning" text={drawn} trans={trans} />
      ) : null}
      {opaque.length ? (
        <VerdictLine verdict="unknown" text={hidden} trans={trans} />
      ) : null}
    </>
  );
}

function Actions({ reply, trans, onOpen }: WholeProps): React.JSX.Element {
  const actions = [
    [CommandIDs.why, trans.__('Why')],
    [CommandIDs.recipe, trans.__('Recipe')],
    [CommandIDs.lineage, trans.__('Lineage')],
    [CommandIDs.reproduce, trans.__('Reproduce')],
    [CommandIDs.copyCode, trans.__('Copy as code')]
  ];
  return (
    <div className="jp-Celltrail-buttons">
      {actions.map(([command, label]) => (
        <button
          key={command}
          type="button"
          className="jp-Celltrail-button"
          onClick={() => onOpen(command, [reply.id])}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
