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
    'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 17h-2v-2h2zm2.1-7.8-.9.9c-.7.7-1.2 1.4-1.2 2.9h-2v-.5c0-1.1.5-2.1 1.2-2.8l1.2-1.3c.4-.4.6-.9.6-1.4a2 2 0 1 0-4 0H8a4 4 0 1 1 8 0c0 .9-.4 1.7-.9 2.2z'
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
