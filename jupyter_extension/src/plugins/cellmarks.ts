import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISessionContextDialogs } from '@jupyterlab/apputils';
import {
  INotebookTracker,
  NotebookActions,
  NotebookPanel
} from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CellMarks } from '../cellmarks';
import { liveCells, runInOrder } from '../cells';
import { serverPath } from '../drives';
import { runStaleIcon } from '../icons';
import { CommandIDs, ITrail } from '../tokens';
import { PLUGIN_ID } from './trail';

/** The thin marks beside cells, and the button that runs stale ones. */
const cellmarks: JupyterFrontEndPlugin<void> = {
  id: 'celltrail:cellmarks',
  description: 'Marks cells: current, stale, edited, orphan, unseeded, failed.',
  autoStart: true,
  requires: [ITrail, INotebookTracker],
  optional: [ISessionContextDialogs, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { model }: ITrail,
    notebooks: INotebookTracker,
    dialogs: ISessionContextDialogs | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('celltrail');
    const { commands, serviceManager } = app;
    const marks = new Map<NotebookPanel, CellMarks>();
    const notifyPlan = (): void =>
      commands.notifyCommandChanged(CommandIDs.runStale);
    const add = (panel: NotebookPanel): void => {
      const made = new CellMarks(panel, model.client, trans, () =>
        liveCells(panel)
      );
      marks.set(panel, made);
      made.changed.connect(notifyPlan);
      panel.disposed.connect(() => {
        made.dispose();
        marks.delete(panel);
      });
    };
    notebooks.forEach(add);
    notebooks.widgetAdded.connect((_, panel) => add(panel));

    const ofCurrent = (): CellMarks | null => {
      const panel = notebooks.currentWidget;
      return panel ? (marks.get(panel) ?? null) : null;
    };
    // Two notebooks may stand beside each other.
    const isSeen = (panel: NotebookPanel): boolean =>
      panel.isVisible || panel === notebooks.currentWidget;
    const look = (): void => {
      for (const [panel, found] of marks) {
        if (isSeen(panel)) {
          const { path } = panel.context;
          found.follow(serverPath(serviceManager.contents, path));
        }
      }
    };
    model.changed.connect(() => {
      look();
      notifyPlan(); // of another notebook
    });
    model.written.connect(() => {
      marks.forEach(found => found.expire());
      look();
    });
    NotebookActions.executed.connect((_, { notebook }) => {
      for (const [panel, found] of marks) {
        if (panel.content === notebook) {
          found.refresh();
        }
      }
    });
    look();

    commands.addCommand(CommandIDs.runStale, {
      label: trans.__('Run Stale Cells'),
      caption: () => {
        const count = ofCurrent()?.plan.length ?? 0;
        return count
          ? trans._n('Run %1 stale cell', 'Run %1 stale cells in order', count)
          : trans.__('No cell is stale');
      },
      icon: runStaleIcon,
      isEnabled: () => (ofCurrent()?.plan.length ?? 0) > 0,
      execute: async () => {
        const panel = notebooks.currentWidget;
        if (panel) {
          await runInOrder(panel, ofCurrent()?.plan ?? [], dialogs);
        }
      }
    });
    registry?.load(PLUGIN_ID).then(
      settings => {
        const obey = () => {
          const isShown = settings.get('showCellMarks').composite !== false;
          document.body.classList.toggle('jp-Celltrail-noMarks', !isShown);
        };
        settings.changed.connect(obey);
        obey();
      },
      () => undefined // without its schema every setting is as it comes
    );
  }
};

export default cellmarks;
