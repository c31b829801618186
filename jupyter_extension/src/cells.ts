/** Cells that celltrail inserts, runs or shows in a notebook. */

import { CodeCell, isCodeCellModel } from '@jupyterlab/cells';
import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

import type { LiveCell } from './marks';

/** Put a cell below the active one; run it if asked. */
export async function insertCell(
  panel: NotebookPanel,
  code: string,
  options: { readonly isRun: boolean }
): Promise<void> {
  const { content: notebook, sessionContext } = panel;
  NotebookActions.insertBelow(notebook);
  notebook.activeCell?.model.sharedModel.setSource(code);
  if (options.isRun) {
    await NotebookActions.run(notebook, sessionContext);
  } else {
    notebook.mode = 'edit';
    const editor = notebook.activeCell?.editor;
    editor?.setCursorPosition({ line: 0, column: code.length });
  }
}

/** Return the code cells of a notebook as they stand. */
export function liveCells(panel: NotebookPanel): LiveCell[] {
  const cells: LiveCell[] = [];
  for (const model of panel.model?.cells ?? []) {
    if (isCodeCellModel(model)) {
      cells.push({ id: model.id, code: model.sharedModel.getSource() });
    }
  }
  return cells;
}

/** Bring a cell to view and make it the active one; false where it is not there. */
export async function jumpTo(
  panel: NotebookPanel,
  id: string
): Promise<boolean> {
  const { content: notebook } = panel;
  const at = notebook.widgets.findIndex(cell => cell.model.id === id);
  if (at < 0) {
    return false;
  }
  notebook.activeCellIndex = at;
  await notebook.scrollToItem(at, 'smart');
  notebook.widgets[at].node.focus();
  return true;
}

/** Run cells, in this order; what is not in the notebook is left out. */
export async function runInOrder(
  panel: NotebookPanel,
  ids: readonly string[]
): Promise<void> {
  const { content: notebook, sessionContext } = panel;
  const byId = new Map(notebook.widgets.map(cell => [cell.model.id, cell]));
  const cells = ids
    .map(id => byId.get(id))
    .filter((cell): cell is CodeCell => cell instanceof CodeCell);
  await NotebookActions.runCells(notebook, cells, sessionContext);
}
