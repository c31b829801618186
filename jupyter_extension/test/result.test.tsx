import { act, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';

import { TrailModel } from '../src/model';
import { readTag } from '../src/report/labels';
import { ResultModel } from '../src/report/result';
import { ResultPage } from '../src/report/resultPage';
import { CommandIDs } from '../src/tokens';
import type { ResultReply } from '../src/wire';
import { FakeServer, golden, HOSTILE, trans } from './cases';

const RESULT: ResultReply = {
  ...golden<ResultReply>('result'),
  tags: { team: 'blue', star: '', base: 'v1' },
  own_tags: ['team', 'star'],
  is_starred: true,
  notes: ['first try'],
  opaque: ['shell'],
  series: { loss: [[0, 0.5], [1, { $float: 'nan' }]], auc: [[1, 0.9]] } // prettier-ignore
};
const READ_ONLY = {
  message: 'The store cannot be written.',
  reason: 'forbidden',
  code: 'read_only',
  hint: null
};

class Page {
  readonly server = new FakeServer();
  readonly result = new ResultModel(
    new TrailModel(this.server.client, () => null),
    RESULT.id,
    null
  );
  readonly opened: [string, readonly string[]][] = [];

  constructor() {
    render(
      <ResultPage
        result={this.result}
        trans={trans}
        onOpen={(command, ids) => this.opened.push([command, ids])}
      />
    );
    act(() => void this.result.question.ask());
  }

  static async shown(reply = RESULT): Promise<Page> {
    const page = new Page();
    await page.answer(reply);
    return page;
  }

  async answer(reply: unknown, status = 200): Promise<void> {
    await act(() => this.server.last.answer(reply, status));
  }

  press(name: string): void {
    fireEvent.click(screen.getByRole('button', { name }));
  }

  write(name: string, value: string): void {
    fireEvent.change(screen.getByRole('textbox', { name }), {
      target: { value }
    });
  }
}

const TAG = 'New tag, key or key=value';
const text = (): string => document.body.textContent ?? '';

test('a result is shown with its numbers, params, data, environment and code', async () => {
  await Page.shown();

  expect(screen.getByText('accuracy').parentElement?.textContent).toBe(
    'accuracy0.947'
  );
  const table = (name: string) =>
    within(screen.getByRole('region', { name })).getAllByRole('row');
  expect(table('Params')[1].textContent).toBe('max_depth3');
  expect(table('Data')[1].textContent).toBe('dfframe3×2ct1:64663d32'); // prettier-ignore
  expect(text()).toContain('Python 3.11.7 on linux, git commit abc');
  expect(screen.getByRole('region', { name: 'Code of In [8]' }).textContent).toBe(RESULT.executions[0].code); // prettier-ignore
  expect(text()).toContain('3 more executions upstream.');
});

test('steps are rows, and a value that was not logged is empty', async () => {
  await Page.shown();

  const region = screen.getByRole('region', { name: 'Steps' });
  const rows = within(region).getAllByRole('row');
  const cells = rows.map(row => [...row.children].map(c => c.textContent));
  expect(cells).toEqual([
    ['step', 'loss', 'auc'],
    ['0', '0.5', ''],
    ['1', 'nan', '0.9']
  ]);
});

test('what makes a result uncertain is said', async () => {
  await Page.shown();

  expect(text()).toContain('warning Unseeded: numpy.random moved');
  expect(text()).toContain('unknown Not observed: shell.');
});

test('a hostile name stays text', async () => {
  await Page.shown({
    ...RESULT,
    metrics: { [HOSTILE]: 1 },
    params: { [HOSTILE]: HOSTILE },
    tags: { [HOSTILE]: HOSTILE },
    notes: [HOSTILE]
  });

  expect(document.querySelector('img')).toBeNull();
  expect(text().split(HOSTILE).length).toBeGreaterThan(6);
});

test('the star is a button that says whether it is on; the tag behind it is not shown', async () => {
  const page = await Page.shown();
  expect(screen.queryByText('star')).toBeNull();

  page.press('Star');

  expect(page.server.last.method).toBe('PATCH');
  expect(page.server.last.body).toEqual({ star: false });

  await page.answer({ ...RESULT, is_starred: false });

  const star = screen.getByRole('button', { name: 'Star' });
  expect(star.getAttribute('aria-pressed')).toBe('false');
});

test('a tag is added and then shown', async () => {
  const page = await Page.shown();

  page.write(TAG, 'phase = two=2');
  page.press('Add tag');

  expect(page.server.last.path).toBe(`results/${RESULT.id}`);
  expect(page.server.last.body).toEqual({ tags: { phase: 'two=2' } });

  await page.answer({ ...RESULT, tags: { phase: 'two=2' } });

  expect(screen.getByText('phase=two=2')).toBeTruthy();
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: TAG });
  expect(field.value).toBe('');
});

test('a tag is taken off, and the keyboard is left where a tag can be added', async () => {
  const page = await Page.shown();

  page.press('Remove tag team=blue');
  await page.answer({ ...RESULT, tags: {} });

  expect(page.server.last.body).toEqual({ tags: { team: null } });
  expect(screen.queryByText('team=blue')).toBeNull();
  expect(document.activeElement?.getAttribute('aria-label')).toBe(TAG);
});

test('a tag that the result has of its run cannot be taken off it', async () => {
  await Page.shown();

  expect(screen.getByText('base=v1')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /base=v1/ })).toBeNull();
});

test('a note is added; one without words is not', async () => {
  const page = await Page.shown();

  page.write('New note', '  ');
  page.press('Add note');

  expect(page.server.asked).toHaveLength(1);

  page.write('New note', 'with the mended column');
  page.press('Add note');
  await page.answer({ ...RESULT, notes: ['with the mended column'] });

  expect(page.server.last.body).toEqual({ note: 'with the mended column' });
  expect(screen.getByText('with the mended column')).toBeTruthy();
});

test('an edit that is refused is said in place, and what was typed stays', async () => {
  const page = await Page.shown();

  page.write(TAG, 'phase');
  page.press('Add tag');
  await page.answer(READ_ONLY, 403);

  expect(screen.getByRole('alert').textContent).toContain(
    'The store cannot be written.'
  );
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: TAG });
  expect(field.value).toBe('phase');
  expect(screen.getByText('team=blue')).toBeTruthy();
});

test('an answer from before an edit does not undo it', async () => {
  const page = await Page.shown();
  act(() => void page.result.question.ask());
  const older = page.server.last;

  page.press('Star');
  await page.answer({ ...RESULT, is_starred: false });
  await act(() => older.answer(RESULT));

  const star = screen.getByRole('button', { name: 'Star' });
  expect(star.getAttribute('aria-pressed')).toBe('false');
});

test('a result that cannot be read is an error with a button to try again', async () => {
  const page = new Page();

  await page.answer({ ...READ_ONLY, message: 'There is no such result.' }, 404);
  page.press('Retry');
  await page.answer(RESULT);

  expect(screen.queryByRole('alert')).toBeNull();
  expect(text()).toContain('0.947');
});

test('buttons open readings of the result', async () => {
  const page = await Page.shown();

  page.press('Why');

  expect(page.opened).toEqual([[CommandIDs.why, [RESULT.id]]]);
});

test.each([
  ['key', { key: '' }],
  [' key = value ', { key: 'value' }],
  ['a=b=c', { a: 'b=c' }],
  ['=value', null],
  ['  ', null]
])('the text %p is the tag %p', (typed, tag) => {
  expect(readTag(typed)).toEqual(tag);
});
