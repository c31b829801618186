import type { NotebookPanel } from '@jupyterlab/notebook';

import { jumpTo } from '../src/cells';

/** A notebook of cells that are no more than their elements. */
class Notebook {
  readonly widgets = ['a', 'b'].map(id => ({
    model: { id },
    node: document.createElement('div')
  }));
  activeCellIndex = 0;
  readonly deselectAll = jest.fn();
  readonly scrollToItem = jest.fn(() => Promise.resolve());

  get activeCell() {
    return this.widgets[this.activeCellIndex];
  }

  get panel(): NotebookPanel {
    return { content: this } as unknown as NotebookPanel;
  }
}

let notebook: Notebook;

beforeEach(() => {
  notebook = new Notebook();
});

test('a jump makes the cell the only one that is selected', async () => {
  const isThere = await jumpTo(notebook.panel, 'b');

  expect(isThere).toBe(true);
  expect(notebook.activeCellIndex).toBe(1);
  expect(notebook.deselectAll).toHaveBeenCalled();
  expect(await jumpTo(notebook.panel, 'deleted')).toBe(false);
});

/** JupyterLab rejects a scroll that another one takes the place of. */
test('a jump that another one overtakes raises nothing', async () => {
  notebook.scrollToItem.mockReturnValue(
    Promise.reject('Scrolling to a new item is requested.')
  );

  expect(await jumpTo(notebook.panel, 'a')).toBe(true);
});
