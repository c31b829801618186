import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Step, stepsOf } from '../../graph/steps';
import { firstLine, nameOf, stateWord } from '../../graph/words';
import type { ExecutionNode } from '../../wire';
import type { Lineage } from './lineage';

interface StepListProps {
  lineage: Lineage;
  trans: TranslationBundle;
  onJump: (execution: ExecutionNode) => void;
}

/** The lineage in words, for keyboard and screen reader: cells in the order in which they ran. */
export function StepList({
  lineage,
  trans,
  onJump
}: StepListProps): React.JSX.Element {
  return (
    <ul
      className="jp-Celltrail-steps"
      aria-label={trans.__('Cells of the lineage, in order')}
    >
      {stepsOf(lineage.reply).map(step => (
        <li key={step.execution.id}>
          <button type="button" onClick={() => onJump(step.execution)}>
            <OneStep step={step} lineage={lineage} trans={trans} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function OneStep({
  step,
  lineage,
  trans
}: {
  step: Step;
  lineage: Lineage;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { execution, inputs, outputs } = step;
  const known = lineage.states.get(execution.execution);
  const state = stateWord(execution, known, trans);
  return (
    <>
      <b>{nameOf(execution)}</b> <code>{firstLine(execution)}</code>
      {state ? <em> {state}</em> : null}
      {inputs.length ? (
        <small>{trans.__('from %1', inputs.join(', '))}</small>
      ) : null}
      {outputs.length ? (
        <small>{trans.__('makes %1', outputs.join(', '))}</small>
      ) : null}
    </>
  );
}
