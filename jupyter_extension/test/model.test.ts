import { Signal } from '@lumino/signaling';
import { waitFor } from '@testing-library/dom';

import type { NotebookBinding } from '../src/binding';
import { TrailModel } from '../src/model';
import type { ResultsReply, StatusReply } from '../src/wire';
import { Asked, FakeServer, golden } from './cases';

const RESULTS = golden<ResultsReply>('results');
const READY = {
  api: 1,
  version: '0.1.0',
  store: { state: 'ready', message: null, hint: null }
} as unknown as StatusReply;
const NO_PAGE = undefined; // no JSON, as of a server without the route

class Trail {
  readonly server = new FakeServer();
  readonly model = new TrailModel(this.server.client, () => null);

  /** Bind a notebook; only its path matters here. */
  follow(path: string): { path: string; changed: Signal<object, void> } {
    const binding = { path, changed: new Signal<object, void>({}) };
    this.model.follow(binding as unknown as NotebookBinding);
    return binding;
  }

  of(path: string): Asked[] {
    return this.server.asked.filter(asked => asked.path === path);
  }

  newest(path: string): Asked {
    return this.of(path)[this.of(path).length - 1];
  }

  async asks(path: string, times: number): Promise<void> {
    await waitFor(() => expect(this.of(path)).toHaveLength(times));
  }
}

let trail: Trail;

beforeEach(() => {
  trail = new Trail();
});

afterEach(() => {
  trail.model.dispose();
  jest.restoreAllMocks();
});

test('a cell that ends while the server is asked has it asked once more', async () => {
  void trail.model.refresh();
  await trail.asks('changes', 1);

  void trail.model.refresh();
  await trail.of('changes')[0].answer({ store: 's', sequence: 1 });
  await trail.newest('results').answer(RESULTS);
  await trail.newest('status').answer(READY);

  await trail.asks('changes', 2);
  expect(trail.of('changes')[1].query.get('since')).toBe('1');
});

test('the answer about a notebook that is no longer at hand is dropped', async () => {
  trail.follow('old.ipynb');
  trail.follow('new.ipynb');
  const [old, fresh] = trail.of('status');

  await fresh.answer(READY);
  await old.answer({ ...READY, version: 'of another project' });

  expect(trail.model.status).toEqual(READY);
});

test('a notebook that is renamed is asked about under its new name', async () => {
  const binding = trail.follow('old.ipynb');

  binding.path = 'new.ipynb';
  binding.changed.emit();

  expect(trail.model.notebook).toBe('new.ipynb');
  expect(trail.newest('results').query.get('notebook')).toBe('new.ipynb');
});

test('a server without its half is asked less and less often', async () => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0.5); // what a wait is drawn with
  void trail.model.start();
  for (let seconds = 0; seconds < 60; seconds++) {
    trail.of('status').forEach(asked => void asked.answer(NO_PAGE, 404));
    await jest.advanceTimersByTimeAsync(1000);
  }
  jest.useRealTimers();

  expect(trail.model.trouble).toEqual({ kind: 'no_server' });
  expect(trail.of('status').length).toBeLessThan(10);
});
