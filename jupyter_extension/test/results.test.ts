import { ResultsModel } from '../src/results';
import { bestOf } from '../src/sidebar/results/best';
import type { ResultItem, ResultsReply } from '../src/wire';
import { FakeServer, golden } from './cases';

const PAGE = golden<ResultsReply>('results');

function item(id: string, metrics: ResultItem['metrics']): ResultItem {
  return { ...PAGE.results[0], id, metrics };
}

function listed(model: ResultsModel): string[] {
  return model.items.map(({ id }) => id);
}

test('pages are added behind each other and asked for with their cursor', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  void model.reload();
  await server.last.answer({ results: [item('a', {})], cursor: 'c1' });
  expect(model.hasMore).toBe(true);
  void model.more();
  expect(server.last.query.get('cursor')).toBe('c1');
  await server.last.answer({ results: [item('b', {})], cursor: null });

  expect(listed(model)).toEqual(['a', 'b']);
  expect(model.hasMore).toBe(false);
});

test('the answer to an older filter is dropped', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  model.setFilter('metrics.auc > 0.5');
  const older = server.last;
  model.setFilter('metrics.auc > 0.9');
  await server.last.answer({ results: [item('new', {})], cursor: null });
  await older.answer({ results: [item('old', {})], cursor: null });

  expect(listed(model)).toEqual(['new']);
});

test('rows stay while they are asked for again, and after an error', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  void model.reload();
  await server.last.answer({ results: [item('a', {})], cursor: null });
  void model.reload();
  expect(listed(model)).toEqual(['a']);
  await server.last.answer(
    {
      message: 'The store is locked.',
      reason: 'store_locked',
      code: 'x',
      hint: null
    },
    503
  );

  expect(listed(model)).toEqual(['a']);
  expect(model.problem?.message).toBe('The store is locked.');
});

test('what is selected and gone is selected no more', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  void model.reload();
  await server.last.answer({
    results: [item('a', {}), item('b', {})],
    cursor: null
  });
  model.toggle('a');
  model.toggle('b');
  void model.reload();
  await server.last.answer({ results: [item('b', {})], cursor: null });

  expect(model.selected).toEqual(['b']);
});

test('as many rows are asked for again as were shown', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  void model.reload();
  const many = [...Array(250).keys()].map(n => item(String(n), {}));
  await server.last.answer({ results: many, cursor: 'c' });
  void model.reload();

  expect(server.last.query.get('limit')).toBe('250');
});

function items(first: number, end: number): ResultItem[] {
  const many = [...Array(end - first).keys()];
  return many.map(place => item(String(first + place), {}));
}

test('rows below those that are asked for again stay, and so does their cursor', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  void model.reload();
  await server.last.answer({ results: items(0, 500), cursor: 'c500' });
  void model.more();
  await server.last.answer({ results: items(500, 600), cursor: 'c600' });

  void model.reload();
  const results = [item('new', {}), ...items(0, 499)];
  await server.last.answer({ results, cursor: 'c499' });

  expect(listed(model)).toEqual(['new', ...items(0, 600).map(({ id }) => id)]);
  void model.more();
  expect(server.last.query.get('cursor')).toBe('c600');
});

test('a row that moved up is listed once', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  void model.reload();
  await server.last.answer({ results: items(0, 4), cursor: null });

  void model.reload();
  const results = [item('3', {}), ...items(0, 2)];
  await server.last.answer({ results, cursor: 'c' });

  expect(listed(model)).toEqual(['3', '0', '1', '2']);
});

test('of another question no row and no page of the one before is kept', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  void model.reload();
  await server.last.answer({ results: items(0, 4), cursor: 'c4' });

  model.setFilter('metrics.auc > 0.5');
  void model.more();
  expect(server.asked).toHaveLength(2);
  await server.last.answer({ results: items(0, 2), cursor: 'c2' });

  expect(listed(model)).toEqual(['0', '1']);
});

test('after a question that failed there is no next page of the one before', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  void model.reload();
  await server.last.answer({ results: items(0, 4), cursor: 'c4' });

  model.setNotebook('other/work.ipynb');
  await server.last.answer(
    { message: 'Broken.', reason: 'failed', code: 'x', hint: null },
    500
  );
  void model.more();

  expect(model.hasMore).toBe(false);
  expect(server.asked).toHaveLength(2);
});

test('news is asked for when somebody looks; the first page at once', async () => {
  const server = new FakeServer();
  const model = new ResultsModel(server.client);
  void model.renew();
  await server.last.answer({ results: items(0, 4), cursor: null });

  void model.renew();
  expect(server.asked).toHaveLength(1);

  model.setVisible(true);
  expect(server.asked).toHaveLength(2);
  model.setVisible(false);
  model.setVisible(true);
  expect(server.asked).toHaveLength(2);
});

describe('the best result', () => {
  test('has most of the metric that most results have', () => {
    const items = [item('a', { auc: 0.7 }), item('b', { auc: 0.9 })];

    expect(bestOf(items)).toBe('b');
  });

  test('has least of an error', () => {
    const items = [item('a', { test_rmse: 2 }), item('b', { test_rmse: 3 })];

    expect(bestOf(items)).toBe('a');
  });

  test('is none among one, and never one of NaN or infinity', () => {
    const odd: ResultItem['metrics'] = { auc: { $float: 'nan' } };
    const infinite: ResultItem['metrics'] = { auc: { $float: 'inf' } };

    expect(bestOf([item('a', { auc: 1 })])).toBeNull();
    expect(bestOf([item('a', odd), item('b', infinite)])).toBeNull();
    expect(bestOf([item('a', odd), item('b', { auc: 0.1 })])).toBe('b');
  });
});
