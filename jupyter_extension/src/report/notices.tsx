/** What a view says while it has nothing newer to show. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { TrailError } from '../client';

interface ProblemProps {
  problem: TrailError | null;
  trans: TranslationBundle;
  onRetry?: () => void;
}

/** Says what went wrong and what to do, in place. */
export function Problem({
  problem,
  trans,
  onRetry
}: ProblemProps): React.JSX.Element | null {
  return problem ? (
    <div className="jp-Celltrail-notice jp-mod-error" role="alert">
      <p>{problem.message}</p>
      {problem.hint ? <p>{trans.__('Hint: %1', problem.hint)}</p> : null}
      {onRetry ? (
        <button type="button" className="jp-Celltrail-button" onClick={onRetry}>
          {trans.__('Retry')}
        </button>
      ) : null}
    </div>
  ) : null;
}

/** Says to screen readers what changed; it is there before it has anything to say. */
export function Live({ text }: { text: string }): React.JSX.Element {
  return (
    <div className="jp-Celltrail-hidden" aria-live="polite">
      {text}
    </div>
  );
}
