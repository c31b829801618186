import type { TranslationBundle } from '@jupyterlab/translation';

import type { KernelState } from '../../kernel';
import type { TrailModel } from '../../model';
import { VERSION } from '../../model';

/** A state of the sidebar, in words. */
export interface State {
  readonly kind: 'note' | 'error';
  readonly text: string;
  readonly hint: string | null;
  /** What to type, to be copied. */
  readonly code?: string;
  readonly canRetry: boolean;
}

const INSTALL = '%pip install celltrail';

/** Return what to say instead of, or above, the list; null when the list says it all. */
export function stateText(
  model: TrailModel,
  trans: TranslationBundle
): State | null {
  const { trouble, results, binding } = model;
  if (trouble) {
    return troubleText(trouble, trans);
  }
  if (results.problem) {
    const { message, hint, reason } = results.problem;
    return {
      kind: 'error',
      text: message,
      hint: hint && trans.__('Hint: %1', hint),
      canRetry: reason !== 'usage'
    };
  }
  if (results.items.length || !results.isLoaded || results.isLoading) {
    return null;
  }
  if (results.filter) {
    return note(
      trans.__('No result matches this filter.'),
      trans.__('Clear it with Esc to see all results.')
    );
  }
  const kernel = binding?.state;
  if (kernel?.kind === 'missing') {
    return {
      ...note(
        trans.__(
          'The kernel of this notebook has no celltrail, so nothing is recorded.'
        ),
        trans.__('Install it there, then restart the kernel:')
      ),
      code: INSTALL
    };
  }
  if (kernel?.kind === 'language') {
    return note(
      trans.__('Kernels of %1 are not recorded.', kernel.language),
      trans.__('celltrail records Python.')
    );
  }
  return note(trans.__('No results yet.'), nextStep(binding?.state, trans));
}

function nextStep(
  kernel: KernelState | undefined,
  trans: TranslationBundle
): string {
  switch (kernel?.kind === 'known' ? kernel.says.recording : true) {
    case false:
      return trans.__(
        'Recording is off: “○ off” in the status bar turns it on for this project.'
      );
    case null:
      return trans.__(
        'celltrail did not start in this kernel; %load_ext celltrail says why.'
      );
    default:
      return trans.__('A result appears here when a cell computes a metric.');
  }
}

function note(text: string, hint: string | null): State {
  return { kind: 'note', text, hint, canRetry: false };
}

function troubleText(
  trouble: NonNullable<TrailModel['trouble']>,
  trans: TranslationBundle
): State {
  switch (trouble.kind) {
    case 'no_server':
      return {
        kind: 'error',
        text: trans.__('The server half of celltrail is missing.'),
        hint: trans.__(
          'Install celltrail %1 where JupyterLab runs, then restart the server. Cells are recorded all the same.',
          VERSION
        ),
        canRetry: true
      };
    case 'other_api':
      return {
        kind: 'error',
        text: trouble.isNewer
          ? trans.__(
              'The server has celltrail %1, which is newer than this page (%2).',
              trouble.version,
              VERSION
            )
          : trans.__(
              'The server has celltrail %1, which is older than this page (%2).',
              trouble.version,
              VERSION
            ),
        hint: trouble.isNewer
          ? trans.__('Reload the page.')
          : trans.__('Install the same version there and restart the server.'),
        canRetry: true
      };
    case 'store':
      return {
        kind: 'error',
        text: trouble.message,
        hint: trouble.hint && trans.__('Hint: %1', trouble.hint),
        canRetry: true
      };
    case 'failed':
      return {
        kind: 'error',
        text: trans.__('The server did not answer: %1', trouble.message),
        hint: null,
        canRetry: true
      };
  }
}
