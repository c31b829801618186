import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import {
  ITranslator,
  nullTranslator,
  TranslationBundle
} from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { KernelState } from '../kernel';
import type { TrailModel } from '../model';
import { useSignal } from '../sidebar/useSignal';
import { CommandIDs, ITrail } from '../tokens';

/** The word in the status bar that says whether cells are recorded. */
const status: JupyterFrontEndPlugin<void> = {
  id: 'celltrail:status',
  description: 'Says in the status bar whether cells are recorded.',
  autoStart: true,
  requires: [ITrail],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { model }: ITrail,
    bar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    if (!bar) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('celltrail');
    const item = ReactWidget.create(
      <RecordingState
        model={model}
        trans={trans}
        onToggle={() => void app.commands.execute(CommandIDs.toggleRecording)}
      />
    );
    item.addClass('jp-Celltrail-status');
    bar.registerStatusItem('celltrail:status', {
      item,
      align: 'left',
      rank: 3,
      isActive: () => model.binding !== null,
      activeStateChanged: model.changed
    });
  }
};

interface StateProps {
  readonly model: TrailModel;
  readonly trans: TranslationBundle;
  readonly onToggle: () => void;
}

/** `● recording 12`, `○ off`, or why neither is known. */
export function RecordingState(props: StateProps): JSX.Element | null {
  const { model, trans } = props;
  useSignal(model.changed);
  const state = model.binding?.state;
  if (!state || state.kind === 'none') {
    return null;
  }
  const { text, hint } = recordingText(state, trans);
  if (state.kind !== 'known' || state.says.recording === null) {
    return <span title={hint}>{text}</span>;
  }
  return (
    <button
      className="jp-Celltrail-recording"
      aria-pressed={state.says.recording}
      title={hint}
      onClick={props.onToggle}
    >
      {text}
    </button>
  );
}

/** Return the state of recording in words, and what to do about it. */
export function recordingText(
  state: KernelState,
  trans: TranslationBundle
): { text: string; hint: string } {
  switch (state.kind) {
    case 'none':
      return { text: '', hint: '' };
    case 'asking':
      return {
        text: trans.__('○ recording?'),
        hint: trans.__('The kernel has not answered yet.')
      };
    case 'language':
      return {
        text: trans.__('○ not recorded'),
        hint: trans.__('Kernels of %1 are not recorded.', state.language)
      };
    case 'missing':
      return {
        text: trans.__('○ no celltrail in this kernel'),
        hint: trans.__(
          'To record it, run %pip install celltrail in a cell and restart the kernel.'
        )
      };
    case 'failed':
      return {
        text: trans.__('○ recording unknown'),
        hint: trans.__('The kernel answered: %1', state.message)
      };
    case 'known':
      return knownText(state.says, trans);
  }
}

function knownText(
  says: Extract<KernelState, { kind: 'known' }>['says'],
  trans: TranslationBundle
): { text: string; hint: string } {
  const cells = says.executions ?? 0;
  if (says.recording === null) {
    return {
      text: trans.__('○ not loaded'),
      hint: trans.__(
        'celltrail did not start in this kernel; %load_ext celltrail says why.'
      )
    };
  }
  if (!says.recording) {
    return {
      text: trans.__('○ off'),
      hint:
        says.problem ??
        trans.__('Cells are not recorded. Click to record this project.')
    };
  }
  const hint = trans._n(
    '%1 cell of this session is recorded in %2. Click to stop.',
    '%1 cells of this session are recorded in %2. Click to stop.',
    cells,
    says.store ?? ''
  );
  return {
    text: trans.__('● recording %1', cells),
    hint: says.problem ?? hint
  };
}

export default status;
