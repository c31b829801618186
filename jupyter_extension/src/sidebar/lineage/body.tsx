import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Problem } from '../../report/notices';
import type { ExecutionNode, ResultItem } from '../../wire';
import { headline, titleOf } from '../../wording';
import { useSignal } from '../useSignal';
import type { Lineage, LineageModel } from './lineage';
import { StepList } from './list';

const LineageGraph = React.lazy(() => import('../../graph/graph'));

/** What the lineage section is made of. */
export interface LineageBodyProps {
  lineage: LineageModel;
  trans: TranslationBundle;
  onJump: (
    notebook: string | null,
    cell: string | null,
    execution: string
  ) => void;
  onOpen: (id: string) => void;
}

/** Shows where a result came from. */
export function LineageBody(props: LineageBodyProps): React.JSX.Element {
  const { lineage: model, trans } = props;
  useSignal(model.question.changed);
  useSignal(model.trail.changed);
  const { reply, problem, isLoading } = model.question;
  return (
    <div className="jp-Celltrail-lineageBody" aria-busy={isLoading}>
      <Problem
        problem={model.trail.trouble ? null : problem /* said above, once */}
        trans={trans}
        onRetry={() => void model.question.ask()}
      />
      {reply?.lineage ? <Whole {...props} shown={reply.lineage} /> : null}
      {reply && !reply.lineage ? <Empty trans={trans} /> : null}
      {!reply && isLoading ? (
        <p className="jp-Celltrail-notice">{trans.__('Reading the trail…')}</p>
      ) : null}
    </div>
  );
}

function Empty({ trans }: { trans: TranslationBundle }): React.JSX.Element {
  return (
    <div className="jp-Celltrail-notice">
      <p>{trans.__('No result of this notebook is recorded yet.')}</p>
      <p>
        {trans.__(
          'Run a cell that computes a metric: what it came from is shown here.'
        )}
      </p>
    </div>
  );
}

function Whole(
  props: LineageBodyProps & { shown: Lineage }
): React.JSX.Element {
  const { shown, trans, onJump } = props;
  const [isGraph, setGraph] = React.useState(true);
  const jump = (node: ExecutionNode): void =>
    onJump(node.notebook_path, node.cell, node.execution);
  return (
    <>
      <div className="jp-Celltrail-lineageHead">
        {shown.reply.result ? (
          <ResultLink result={shown.reply.result} {...props} />
        ) : null}
        <button
          type="button"
          className="jp-Celltrail-button"
          aria-pressed={isGraph}
          onClick={() => setGraph(!isGraph)}
        >
          {trans.__('Graph')}
        </button>
      </div>
      {isGraph ? (
        <React.Suspense fallback={<div className="jp-Celltrail-graph" />}>
          <LineageGraph
            reply={shown.reply}
            states={shown.states}
            trans={trans}
            onJump={jump}
          />
        </React.Suspense>
      ) : null}
      <StepList lineage={shown} trans={trans} onJump={jump} />
    </>
  );
}

function ResultLink({
  result,
  trans,
  onOpen
}: LineageBodyProps & { result: ResultItem }): React.JSX.Element {
  const name = [titleOf(result), ...(headline(result) ?? [])].join(' ');
  return (
    <>
      <span className="jp-Celltrail-lineageName" title={name}>
        {name}
      </span>
      <button
        type="button"
        className="jp-Celltrail-button"
        onClick={() => onOpen(result.id)}
      >
        {trans.__('Open result')}
      </button>
    </>
  );
}
