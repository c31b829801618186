/** What other extensions may ask for, and the names of commands. */

import { Token } from '@lumino/coreutils';

import type { TrailModel } from './model';

/** The trail of the notebook at hand. */
export interface ITrail {
  readonly model: TrailModel;
}

export const ITrail = new Token<ITrail>(
  'celltrail:ITrail',
  'The trail of the notebook at hand: results, cell states, recording.'
);

export namespace CommandIDs {
  export const openSidebar = 'celltrail:open-sidebar';
  export const openResult = 'celltrail:open-result';
  export const openReading = 'celltrail:open-reading';
  export const compare = 'celltrail:compare-results';
  export const why = 'celltrail:explain-result';
  export const recipe = 'celltrail:show-recipe';
  export const reproduce = 'celltrail:reproduce-result';
  export const lineage = 'celltrail:show-lineage';
  export const star = 'celltrail:toggle-star';
  export const editLabels = 'celltrail:edit-labels';
  export const copyCode = 'celltrail:copy-code';
  export const snapshot = 'celltrail:snapshot-variable';
  export const runStale = 'celltrail:run-stale';
  export const toggleRecording = 'celltrail:toggle-recording';
  export const refresh = 'celltrail:refresh';
}
