import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { jumpTo } from '../cells';
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
    const { commands, shell } = app;

    const onJump = async (path: string | null, cell: string | null) => {
      const open = path
        ? documents.openOrReveal(path)
        : notebooks.currentWidget;
      if (open instanceof NotebookPanel && cell) {
        await open.context.ready;
        await jumpTo(open, cell);
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
    shell.add(panel, 'left', { rank: 600, type: 'Trail' });
    restorer?.add(panel, panel.id);
    commands.addCommand(CommandIDs.openSidebar, {
      label: trans.__('Show the Trail'),
      execute: () => shell.activateById(panel.id)
    });
  }
};

export default sidebar;
