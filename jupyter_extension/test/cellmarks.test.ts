import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { CellMarks } from '../src/cellmarks';
import type { CellStateItem, StaleReply } from '../src/wire';
import { FakeServer, settled, trans } from './cases';

function stale(...cells: Partial<CellStateItem>[]): Partial<StaleReply> {
  const known = { reasons: [], code: 'x = 1' };
  const plan = cells.map(({ cell }) => ({ cell })) as StaleReply['plan'];
  return {
    cells: cells.map(one => ({ ...known, ...one })) as CellStateItem[],
    plan
  };
}

/** A notebook of cells that are no more than their elements. */
class Notebook {
  readonly server = new FakeServer();
  readonly contentChanged = new Signal<this, void>(this);
  readonly widgets = ['a', 'b'].map(id => ({
    model: { id },
    node: document.createElement('div')
  }));
  readonly codes: Record<string, string> = { a: 'x = 1', b: 'x = 1' };

  get panel(): NotebookPanel {
    return {
      context: { ready: Promise.resolve() },
      model: { contentChanged: this.contentChanged },
      content: this
    } as unknown as NotebookPanel;
  }

  marks(): CellMarks {
    return new CellMarks(this.panel, this.server.client, trans, () =>
      Object.entries(this.codes).map(([id, code]) => ({ id, code }))
    );
  }

  title(place: number): string | undefined {
    const { node } = this.widgets[place];
    return node.querySelector<HTMLElement>('.jp-Celltrail-mark')?.title;
  }
}

let notebook: Notebook;

beforeEach(() => {
  notebook = new Notebook();
});

test('a cell has its state and why, and one that is typed in says so', async () => {
  const marks = notebook.marks();
  notebook.codes.b = 'x = 2';
  marks.follow('work.ipynb');
  const why = [{ sentence: 'df has newer content' }];
  await notebook.server.last.answer(
    stale(
      { cell: 'a', state: 'stale', reasons: why as CellStateItem['reasons'] },
      { cell: 'b', state: 'current' }
    )
  );

  expect(notebook.title(0)).toBe('stale · df has newer content');
  expect(notebook.title(1)).toBe('edited · edited since it ran');
  marks.dispose();
});

test('a plan is told when it is known, not only with the next change of the trail', async () => {
  const marks = notebook.marks();
  const plans: (readonly string[])[] = [];
  marks.changed.connect(({ plan }) => plans.push(plan));

  marks.follow('work.ipynb');
  await notebook.server.last.answer(stale({ cell: 'b', state: 'stale' }));

  expect(plans).toEqual([['b']]);
  marks.dispose();
});

test('what was written is asked for once the notebook is followed again', async () => {
  const marks = notebook.marks();
  marks.follow('work.ipynb');
  await notebook.server.last.answer(stale());
  marks.follow('work.ipynb');
  expect(notebook.server.asked).toHaveLength(1);

  marks.expire();
  expect(notebook.server.asked).toHaveLength(1);
  marks.follow('work.ipynb');

  expect(notebook.server.asked).toHaveLength(2);
  marks.dispose();
});

test("a notebook that is not the server's loses its marks", async () => {
  const marks = notebook.marks();
  marks.follow('work.ipynb');
  await notebook.server.last.answer(stale({ cell: 'a', state: 'stale' }));
  expect(notebook.title(0)).toBe('stale');

  marks.follow(null);
  await settled();

  expect(notebook.title(0)).toBeUndefined();
  marks.dispose();
});

test('marks of a notebook that was closed before it was ready listen to nothing', async () => {
  const marks = notebook.marks();
  marks.dispose();
  const connect = jest.spyOn(notebook.contentChanged, 'connect');
  await settled();

  expect(connect).not.toHaveBeenCalled();
});
