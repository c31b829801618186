/** A verdict: an icon and a word, never a colour alone. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Verdict } from '../wire';
import { Sentence } from './parts';

// Each has a shape of its own: a tick, a triangle, a cross, a question mark.
const SHAPES: Record<Verdict, string> = {
  ok: 'M9 16.2 4.8 12l-1.9 1.9L9 20 21 8l-1.9-1.9z',
  warning: 'M1 21h22L12 2zm12-3h-2v-2h2zm0-4h-2v-4h2z',
  failed:
    'M19 6.4 17.6 5 12 10.6 6.4 5 5 6.4l5.6 5.6L5 17.6 6.4 19l5.6-5.6 5.6 5.6 1.4-1.4-5.6-5.6z',
  unknown:
    'M11 18h2v-2h-2zm1-14a5 5 0 0 0-5 5h2a3 3 0 1 1 4.2 2.7c-1.4.6-2.2 1.5-2.2 3.3h2c0-1 .5-1.4 1.4-1.9A5 5 0 0 0 12 4z'
};

const BEGINNING = /^(ok|warning|failed|unknown): ([^]*)$/;

/** Return what a text part says: `warning: …` begins with a verdict. */
export function readVerdict(text: string): {
  verdict: Verdict | null;
  text: string;
} {
  const found = BEGINNING.exec(text);
  return found
    ? { verdict: found[1] as Verdict, text: found[2] }
    : { verdict: null, text };
}

/** Return the word for a verdict. */
export function verdictWord(
  verdict: Verdict,
  trans: TranslationBundle
): string {
  switch (verdict) {
    case 'ok':
      return trans.__('ok');
    case 'warning':
      return trans.__('warning');
    case 'failed':
      return trans.__('failed');
    case 'unknown':
      return trans.__('unknown');
  }
}

interface VerdictLineProps {
  verdict: Verdict;
  text: string;
  trans: TranslationBundle;
}

/** Shows a verdict and its sentence. */
export function VerdictLine({
  verdict,
  text,
  trans
}: VerdictLineProps): React.JSX.Element {
  return (
    <p className={`jp-Celltrail-text jp-Celltrail-verdict jp-mod-${verdict}`}>
      <span className="jp-Celltrail-verdictWord">
        <svg aria-hidden="true" viewBox="0 0 24 24">
          <path d={SHAPES[verdict]} />
        </svg>
        {verdictWord(verdict, trans)}
      </span>{' '}
      <Sentence text={text} />
    </p>
  );
}
