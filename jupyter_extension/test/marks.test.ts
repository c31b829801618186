import { LiveCell, MarksModel } from '../src/marks';
import type { CellStateItem } from '../src/wire';
import { FakeServer, settled } from './cases';

function state(cell: string, name: string, code: string | null): CellStateItem {
  return {
    cell,
    place: 1,
    execution: 'e',
    count: 1,
    line: code ?? '',
    state: name,
    states: [name],
    reasons: [
      { state: name, sentence: 'df has newer content', name: 'df', cause: null }
    ],
    code
  };
}

async function known(
  cells: readonly LiveCell[],
  states: readonly CellStateItem[]
): Promise<MarksModel> {
  const server = new FakeServer();
  const model = new MarksModel(server.client, () => cells);
  model.notebook = 'a.ipynb';
  void model.refresh();
  await server.last.answer({ cells: states, plan: [] });
  return model;
}

const CELL: LiveCell = { id: 'c1', code: 'x = 1' };

test('a cell has the state that the server says, with its reasons', async () => {
  const model = await known([CELL], [state('c1', 'stale', 'x = 1')]);

  expect(model.mark(CELL)).toEqual({
    state: 'stale',
    isEdited: false,
    reasons: ['df has newer content']
  });
});

test('a cell that is typed in is edited at once, before it is saved', async () => {
  const model = await known([CELL], [state('c1', 'current', 'x = 1')]);
  const typed = { id: 'c1', code: 'x = 2' };

  expect(model.mark(typed)).toMatchObject({ state: 'edited', isEdited: true });
  expect(model.mark({ id: 'c1', code: 'x = 1\n' })?.state).toBe('current');
});

test('code that holds a redacted secret is not taken for another', async () => {
  const kept = 'key = "‹redacted:token›"';
  const model = await known([CELL], [state('c1', 'current', kept)]);

  expect(model.mark({ id: 'c1', code: 'key = "abc"' })?.state).toBe('current');
});

test('a cell that never ran has no mark', async () => {
  const model = await known([CELL], [state('c1', 'never run', null)]);

  expect(model.mark(CELL)).toBeNull();
  expect(model.mark({ id: 'other', code: '' })).toBeNull();
});

test('the server is told the cells as they stand', async () => {
  const server = new FakeServer();
  const cells = [CELL, { id: 'c2', code: '' }];
  const model = new MarksModel(server.client, () => cells);
  model.notebook = 'a.ipynb';
  void model.refresh();

  expect(server.last.query.get('cells')).toBe('c1,c2');
});

test('questions while one is under way become one more', async () => {
  const server = new FakeServer();
  const model = new MarksModel(server.client, () => [CELL]);
  model.notebook = 'a.ipynb';
  void model.refresh();
  void model.refresh();
  void model.refresh();
  expect(server.asked).toHaveLength(1);
  await server.last.answer({ cells: [], plan: [] });
  await settled();
  await server.last.answer({ cells: [], plan: [] });

  expect(server.asked).toHaveLength(2);
});

test('without an answer there are no marks, and the problem is known', async () => {
  const server = new FakeServer();
  const model = new MarksModel(server.client, () => [CELL]);
  model.notebook = 'a.ipynb';
  void model.refresh();
  await server.last.answer(
    { message: 'Locked.', reason: 'store_locked', code: 'x', hint: null },
    503
  );

  expect(model.mark(CELL)).toBeNull();
  expect(model.problem?.reason).toBe('store_locked');
});
