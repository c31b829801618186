import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  INotebookTracker,
  NotebookActions,
  NotebookPanel
} from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { NotebookBinding } from '../binding';
import { liveCells } from '../cells';
import { TrailClient } from '../client';
import { serverPath } from '../drives';
import { TrailModel } from '../model';
import { ITrail } from '../tokens';

export const PLUGIN_ID = 'celltrail:plugin';

/** Binds notebooks to their kernels, and follows the one at hand. */
const trail: JupyterFrontEndPlugin<ITrail> = {
  id: PLUGIN_ID,
  description: 'The trail of the notebook at hand.',
  autoStart: true,
  provides: ITrail,
  requires: [INotebookTracker],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    registry: ISettingRegistry | null
  ): ITrail => {
    const { contents } = app.serviceManager;
    const client = new TrailClient(app.serviceManager.serverSettings);
    const bindings = new Map<NotebookPanel, NotebookBinding>();
    const model = new TrailModel(client, path => {
      const open = [...bindings.values()].find(b => b.path === path);
      return open ? liveCells(open.panel).map(cell => cell.id) : null;
    });
    let isRecording = true;

    const add = (panel: NotebookPanel): void => {
      const binding = new NotebookBinding(
        panel,
        client,
        path => serverPath(contents, path),
        () => isRecording
      );
      bindings.set(panel, binding);
      panel.disposed.connect(() => bindings.delete(panel));
    };
    const follow = (): void => {
      const panel = notebooks.currentWidget;
      model.follow(panel ? (bindings.get(panel) ?? null) : null);
    };
    const bindingOf = (notebook: unknown): NotebookBinding | undefined =>
      [...bindings.values()].find(b => b.panel.content === notebook);

    const start = (): void => {
      notebooks.forEach(add);
      notebooks.widgetAdded.connect((_, panel) => {
        add(panel);
        follow();
      });
      notebooks.currentChanged.connect(follow);
      follow();
      NotebookActions.executionScheduled.connect((_, { notebook }) =>
        bindingOf(notebook)?.beforeExecution()
      );
      NotebookActions.executed.connect((_, { notebook }) => {
        void bindingOf(notebook)?.ask();
        void model.refresh();
      });
      void model.start();
    };

    if (registry) {
      registry.load(PLUGIN_ID).then(
        settings => {
          const obey = () => {
            const wanted = settings.get('recordNotebooks').composite !== false;
            if (wanted !== isRecording) {
              isRecording = wanted;
              bindings.forEach(binding => void binding.rebind());
            }
          };
          settings.changed.connect(obey);
          obey();
          start();
        },
        () => start() // without its schema every setting is as it comes
      );
    } else {
      start();
    }
    return { model };
  }
};

export default trail;
