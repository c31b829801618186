import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { jumpTo } from '../cells';
import { serverPath } from '../drives';
import { createLineageSection } from '../sidebar/lineage';
import { TrailSidebar } from '../sidebar/panel';
import { createResultsSection } from '../sidebar/results';
import { CommandIDs, ITrail } from '../tokens';

/** The sidebar on the left. */
const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'celltrail:sidebar',
  description: 'Lists results and shows their lineage.',
  autoStart: true,
  requires: [ITrail, IDocumentManager, INotebookTracker],
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { model }: ITrail,
    documents: IDocumentManager,
    notebooks: INotebookTracker,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('celltrail');
    const { commands, serviceManager, shell } = app;

    const reveal = (path: string | null): Widget | null => {
      const { currentWidget } = notebooks;
      const isShown = (panel: NotebookPanel): boolean =>
        serverPath(serviceManager.contents, panel.context.path) === path;
      if (path === null || (currentWidget && isShown(currentWidget))) {
        return currentWidget;
      }
      // Open already, maybe on the drive of real-time collaboration.
      return notebooks.find(isShown) ?? documents.openOrReveal(path) ?? null;
    };
    const onJump = async (path: string | null, cell: string | null) => {
      const found = reveal(path);
      if (!(found instanceof NotebookPanel)) {
        return;
      }
      shell.activateById(found.id);
      await found.context.ready;
      if (cell === null || !(await jumpTo(found, cell))) {
        Notification.info(trans.__('This cell is not in the notebook.'), {
          autoClose: 5000
        });
      }
    };
    const onOpen = (id: string) => {
      void commands.execute(CommandIDs.openResult, { id });
    };
    const panel = new TrailSidebar(trans, [
      createResultsSection({ model, commands, trans }),
      createLineageSection({
        model,
        trans,
        onOpen,
        onJump: (path, cell) => void onJump(path, cell)
      })
    ]);
    panel.visibilityChanged.connect((_, isVisible) =>
      model.results.setVisible(isVisible)
    );
    shell.add(panel, 'left', { rank: 600, type: 'Trail' });
    restorer?.add(panel, panel.id);
    commands.addCommand(CommandIDs.openSidebar, {
      label: trans.__('Show the Trail'),
      execute: () => shell.activateById(panel.id)
    });
  }
};

export default sidebar;
