import { render, screen, within } from '@testing-library/react';
import * as React from 'react';

import { Parts } from '../src/report/parts';
import type { Part, ReadingReply } from '../src/wire';
import { golden, HOSTILE, trans } from './cases';

const TABLE: Part = {
  part: 'table',
  headings: ['metric', 'a', ''],
  rows: [
    ['accuracy', '0.921', '+'],
    [HOSTILE, '0.947', '-']
  ],
  right: [1],
  best: [[1, 1]],
  keep: 1
};

function show(...parts: Part[]): HTMLElement {
  return render(<Parts parts={parts} trans={trans} />).container;
}

test('a hostile name stays text in a sentence, a table, code and a diff', () => {
  const page = show(
    { part: 'text', text: `rose because of ${HOSTILE} and \`${HOSTILE}\`` },
    TABLE,
    { part: 'code', text: HOSTILE, is_diff: false },
    { part: 'code', text: `+${HOSTILE}`, is_diff: true }
  );

  expect(page.querySelector('img')).toBeNull();
  expect(page.textContent?.split(HOSTILE)).toHaveLength(6);
});

test('what stands between backticks is code', () => {
  const page = show({ part: 'text', text: 'In [5] `a` and `b' });

  expect(page.querySelector('code')?.textContent).toBe('a');
  expect(page.textContent).toBe('In [5] a and `b');
});

test.each(['ok', 'warning', 'failed', 'unknown'])(
  'the verdict %s is said with a word and an icon that is not read',
  verdict => {
    const page = show({ part: 'text', text: `${verdict}: two cells differ` });

    expect(page.textContent?.trim()).toBe(`${verdict} two cells differ`);
    expect(page.querySelector('svg[aria-hidden="true"] path')).not.toBeNull();
  }
);

test('the indentation of a hint is kept', () => {
  const page = show({ part: 'text', text: '    hint: run it' });

  expect(page.querySelector('p')?.textContent).toBe('    hint: run it');
});

test('an empty line is left out', () => {
  const page = show({ part: 'text', text: '' });

  expect(page.querySelector('p')).toBeNull();
});

test('a table has headings with a scope, and none where there are no words', () => {
  show(TABLE);

  const headings = screen.getAllByRole('columnheader');
  expect(headings.map(heading => heading.textContent)).toEqual(['metric', 'a']);
  expect(headings[0].getAttribute('scope')).toBe('col');
});

test('a table scrolls in a box that the keyboard reaches and that has a name', () => {
  show(TABLE);

  const box = screen.getByRole('region', { name: 'Table' });
  expect(box.tabIndex).toBe(0);
  expect(within(box).getByRole('table')).toBeTruthy();
});

test('the best value is said to be the best, and columns of numbers stand right', () => {
  const page = show(TABLE);

  const best = page.querySelectorAll('td strong');
  expect(best).toHaveLength(1);
  expect(best[0].parentElement?.textContent).toBe('0.947 best');
  expect(best[0].parentElement?.className).toBe('jp-Celltrail-number');
});

test('the signs of a diff stay in the text', () => {
  const text = ' same\n-mean()\n+median()';
  const page = show({ part: 'code', text, is_diff: true });

  const lines = [...page.querySelectorAll('pre > div')];
  expect(lines.map(line => line.textContent)).toEqual(text.split('\n'));
  expect(lines.map(line => line.className)).toEqual([
    '',
    'jp-Celltrail-removed',
    'jp-Celltrail-added'
  ]);
});

test('lines of plain code that begin with a sign are no diff', () => {
  const page = show({ part: 'code', text: '-1\n+1', is_diff: false });

  expect(page.querySelector('pre')?.textContent).toBe('-1\n+1');
  expect(page.querySelector('pre > div')).toBeNull();
});

test('every word of a real answer is shown', () => {
  const { parts } = golden<ReadingReply>('reading_why');

  const page = show(...parts);

  for (const part of parts) {
    const words =
      part.part === 'table' ? part.rows.flat() : part.text.split('`');
    words.forEach(word => expect(page.textContent).toContain(word));
  }
});
