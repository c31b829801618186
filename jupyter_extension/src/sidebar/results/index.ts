import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { TrailModel } from '../../model';
import { ResultsBody } from './body';

/** Return the section that lists results. */
export function createResultsSection(options: {
  readonly model: TrailModel;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
}): Widget {
  const section = ReactWidget.create(React.createElement(ResultsBody, options));
  section.id = 'celltrail-results';
  section.addClass('jp-Celltrail-results');
  section.title.label = options.trans.__('Results');
  return section;
}
