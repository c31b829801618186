/** Cells that celltrail inserts, runs or shows in a notebook. */

import type { ISessionContextDialogs } from '@jupyterlab/apputils';
import { CodeCell, isCodeCellModel } from '@jupyterlab/cells';
import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

import type { LiveCell } from './marks';

/** Asks which kernel to start, where a notebook has none. */
export type Dialogs = ISessionContextDialogs | null;

/** Put a code cell below the active one; run it if asked. */
export async function insertCell(
  panel: NotebookPanel,
  code: string,
  options: { readonly isRun: boolean; readonly dialogs: Dialogs }
): Promise<void> {
  const { content: notebook, sessionContext } = panel;
  const { isRun, dialogs } = options;
  NotebookActions.insertBelow(notebook);
  NotebookActions.changeCellType(notebook, 'code'); // a setting may say another
  notebook.activeCell?.model.sharedModel.setSource(code);
  if (isRun) {
    await NotebookActions.run(notebook, sessionContext, dialogs ?? undefined);
  } else {
    notebook.mode = 'edit';
    await notebook.activeCell?.ready; // a cell that is not drawn yet has no editor
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
  notebook.deselectAll();
  try {
    await notebook.scrollToItem(at, 'smart');
  } catch {
    return true; // a later jump took its place
  }
  notebook.activeCell?.node.focus();
  return true;
}

/** Run cells, in this order; what is not in the notebook is left out. */
export async function runInOrder(
  panel: NotebookPanel,
  ids: readonly string[],
  dialogs: Dialogs
): Promise<void> {
  const { content: notebook, sessionContext } = panel;
  const byId = new Map(notebook.widgets.map(cell => [cell.model.id, cell]));
  const cells = ids
    .map(id => byId.get(id))
    .filter((cell): cell is CodeCell => cell instanceof CodeCell);
  await NotebookActions.runCells(
    notebook,
    cells,
    sessionContext,
    dialogs ?? undefined
  );
}
