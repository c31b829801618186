import {
  act,
  fireEvent,
  render,
  screen,
  waitFor,
  within
} from '@testing-library/react';
import * as React from 'react';

import { TrailModel } from '../src/model';
import { LineageBody } from '../src/sidebar/lineage/body';
import { LineageModel } from '../src/sidebar/lineage/lineage';
import type { LineageReply, ResultsReply, StaleReply } from '../src/wire';
import { Asked, FakeServer, golden, trans } from './cases';

const LINEAGE = golden<LineageReply>('lineage');
const RESULTS = golden<ResultsReply>('results');
const NO_RESULTS: ResultsReply = { results: [], cursor: null };
const BROKEN = { message: 'Broken.', reason: 'failed', code: 'x', hint: null };
const STALE = {
  cells: [{ execution: '01000000000000000000000700070007', state: 'stale' }]
} as StaleReply;

class Section {
  readonly server = new FakeServer();
  readonly trail = new TrailModel(this.server.client, () => null);
  readonly lineage = new LineageModel(this.trail);
  readonly jumps: unknown[] = [];
  readonly opened: string[] = [];

  constructor() {
    render(
      <LineageBody
        lineage={this.lineage}
        trans={trans}
        onJump={(...jump) => this.jumps.push(jump)}
        onOpen={id => this.opened.push(id)}
      />
    );
  }

  static async shown(): Promise<Section> {
    const section = new Section();
    act(() => section.lineage.setVisible(true));
    await section.answer(RESULTS, LINEAGE, STALE);
    return section;
  }

  async answer(...replies: unknown[]): Promise<void> {
    for (const reply of replies) {
      await act(() => this.server.last.answer(reply));
    }
  }

  get paths(): string[] {
    return this.server.asked.map(asked => asked.path);
  }
}

/** Whether the section asks for the newest result, the first thing it asks. */
const isOfLineage = ({ path, query }: Asked): boolean =>
  path === 'results' && query.get('limit') === '1';

const list = () => within(screen.getByRole('list'));

const steps = (): (string | null)[] =>
  screen.getAllByRole('listitem').map(item => item.textContent);

test('nothing is asked while nobody looks', () => {
  const section = new Section();

  act(() => section.trail.focusOn('1'));

  expect(section.paths).toEqual([]);
});

test('without a focus the newest result is shown, its cells in order', async () => {
  const section = await Section.shown();

  expect(section.paths).toEqual(['results', 'lineage', 'stale']);
  expect(section.server.asked[1].query.get('of')).toBe(RESULTS.results[0].id);
  expect(steps()).toEqual([
    "In [1] df = read_csv('cancer.csv')from cancer.csvmakes df",
    "In [5] df.loc[df.radius < 0, 'radius'] = df.radius.median() unseededfrom dfmakes df",
    'In [7] model = DecisionTreeClassifier(max_depth=3).fit(df) stalefrom dfmakes model',
    'In [8] print(accuracy_score(y, model.predict(df)))from df, model'
  ]);
});

test('the focus is what is asked about', async () => {
  const section = await Section.shown();

  act(() => section.trail.focusOn('7'));

  expect(section.server.last.query.get('of')).toBe('7');
});

test('a step and the result can be opened', async () => {
  const section = await Section.shown();

  fireEvent.click(list().getByRole('button', { name: /In \[5\]/ }));
  fireEvent.click(screen.getByRole('button', { name: 'Open result' }));

  const mend = '01000000000000000000000500050005';
  expect(section.jumps).toEqual([['work.ipynb', 'mend', mend]]);
  expect(section.opened).toEqual([LINEAGE.result?.id]);
});

test('where nothing is recorded it says what will be shown', async () => {
  const section = new Section();
  act(() => section.lineage.setVisible(true));

  await section.answer(NO_RESULTS);

  expect(document.body.textContent).toContain(
    'No result of this notebook is recorded yet.'
  );
});

test('the graph stays while it is asked for again, and after an error', async () => {
  const section = await Section.shown();
  const before = steps();

  act(() => void section.lineage.question.ask());

  expect(steps()).toEqual(before);

  await act(() => section.server.last.answer(BROKEN, 500));

  expect(steps()).toEqual(before);
  expect(screen.getByRole('alert').textContent).toContain('Broken.');
});

test('what the results section says already is not said again', async () => {
  const section = new Section();
  section.trail.trouble = { kind: 'no_server' };

  act(() => section.lineage.setVisible(true));
  await act(() => section.server.last.answer(BROKEN, 500));

  expect(screen.queryByRole('alert')).toBeNull();
});

test('states that cannot be read do not hide the lineage', async () => {
  const section = new Section();
  act(() => section.lineage.setVisible(true));
  await section.answer(RESULTS, LINEAGE);

  await act(() => section.server.last.answer(BROKEN, 500));

  expect(steps()).toHaveLength(4);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('what was written while the section was hidden is asked for when it is shown', async () => {
  const section = await Section.shown();
  const asked = section.paths.length;

  act(() => section.lineage.setVisible(false));
  void section.trail.refresh();
  await waitFor(() => expect(section.server.last.path).toBe('changes'));
  await section.answer({ sequence: 9, kinds: [], session: null });

  expect(section.server.asked.filter(isOfLineage).slice(1)).toEqual([]);

  act(() => section.lineage.setVisible(true));

  expect(section.paths.length).toBeGreaterThan(asked);
  expect(isOfLineage(section.server.last)).toBe(true);
  section.trail.dispose();
});

test('a cell of the graph is opened by a click and by the Enter key', async () => {
  const section = await Section.shown();
  const application = await screen.findByRole('application');
  const node = within(application).getByRole('button', { name: /In \[7\]/ });

  fireEvent.click(node);
  fireEvent.keyDown(node, { key: 'Enter' });

  const fit = ['work.ipynb', 'fit', '01000000000000000000000700070007'];
  expect(section.jumps).toEqual([fit, fit]);
  expect(node.getAttribute('aria-label')).toContain('stale');
  expect(node.tabIndex).toBe(0);
});

test('a content of the graph says all its names when it is chosen', async () => {
  const section = await Section.shown();
  const application = await screen.findByRole('application');

  fireEvent.click(
    within(application).getByRole('button', { name: 'cancer.csv, file' })
  );

  const said = document.querySelector('.jp-Celltrail-chosen');
  expect(said?.textContent).toBe('file:cancer.csv · file');
  expect(section.jumps).toEqual([]);
});

test('the graph can be put away, and the list stays', async () => {
  await Section.shown();
  const toggle = screen.getByRole('button', { name: 'Graph' });
  expect(toggle.getAttribute('aria-pressed')).toBe('true');

  fireEvent.click(toggle);

  expect(toggle.getAttribute('aria-pressed')).toBe('false');
  expect(document.querySelector('.jp-Celltrail-graph')).toBeNull();
  expect(steps()).toHaveLength(4);
});
