import type { IThemeManager } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import { Question } from '../src/question';
import { PLOTLY } from '../src/report/figure';
import { ReadingPage, ReadingPageProps } from '../src/report/readingPage';
import type { ReadingReply } from '../src/wire';
import { FakeServer, golden, trans } from './cases';

const WHY = golden<ReadingReply>('reading_why');
const SUMMARY = String(WHY.report.summary).replaceAll('`', '');
const LOCKED = {
  message: 'The trail is locked.',
  reason: 'store_locked',
  code: 'locked',
  hint: 'wait for the other program.'
};

/** A renderer as JupyterLab's are: a widget that is given a model. */
class FakeRenderer extends Widget {
  model: { data: Record<string, { layout: Record<string, unknown> }> } | null =
    null;
  async renderModel(model: never): Promise<void> {
    this.model = model;
    this.node.textContent = 'drawn';
  }
}

function rendermime(drawn: FakeRenderer[] = []): IRenderMimeRegistry {
  return {
    mimeTypes: [PLOTLY],
    createRenderer: () => {
      const renderer = new FakeRenderer();
      drawn.push(renderer);
      return renderer;
    },
    createModel: (model: unknown) => model
  } as unknown as IRenderMimeRegistry;
}

class Page {
  readonly server = new FakeServer();
  readonly question = new Question(() =>
    this.server.client.reading('work.ipynb', 'why', { ids: ['1', '2'] })
  );
  readonly inserted: string[] = [];
  readonly copied: string[] = [];

  constructor(given: Partial<ReadingPageProps> = {}) {
    render(
      <ReadingPage
        question={this.question}
        title="Why"
        line="%mlops why 1 2"
        rendermime={rendermime()}
        themes={null}
        trans={trans}
        onInsert={line => this.inserted.push(line)}
        onCopy={line => this.copied.push(line)}
        {...given}
      />
    );
    act(() => void this.question.ask());
  }

  async answer(reply: unknown, status = 200, at = -1): Promise<void> {
    await act(() => this.server.asked.at(at)!.answer(reply, status));
  }

  press(name: string): void {
    fireEvent.click(screen.getByRole('button', { name }));
  }
}

const text = (): string => document.body.textContent ?? '';

test('a reading is asked with its query, and the page says that it is on its way', () => {
  const { server } = new Page();

  expect(server.last.path).toBe('readings/why');
  expect(server.last.query.getAll('ids')).toEqual(['1', '2']);
  expect(screen.getAllByText('Reading the trail…')).toHaveLength(2);
  expect(screen.getByRole('article').getAttribute('aria-busy')).toBe('true');
});

test('the summary of the answer is shown, and said to screen readers', async () => {
  const page = new Page();

  await page.answer(WHY);

  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Why');
  expect(text()).toContain(SUMMARY);
  const live = document.querySelector('[aria-live="polite"]');
  expect(live?.textContent).toBe(WHY.report.summary);
});

test('an error is said in place with its hint, and asked again by a button', async () => {
  const page = new Page();

  await page.answer(LOCKED, 503);

  const alert = screen.getByRole('alert');
  expect(alert.textContent).toContain('The trail is locked.');
  expect(alert.textContent).toContain('Hint: wait for the other program.');

  page.press('Retry');
  await page.answer(WHY);

  expect(page.server.asked).toHaveLength(2);
  expect(screen.queryByRole('alert')).toBeNull();
  expect(text()).toContain(SUMMARY);
});

test('the old answer stays while a newer one is asked for, and after an error', async () => {
  const page = new Page();
  await page.answer(WHY);

  page.press('Refresh');

  expect(text()).toContain(SUMMARY);

  await page.answer(LOCKED, 503);

  expect(text()).toContain(SUMMARY);
  expect(screen.getByRole('alert')).toBeTruthy();
});

test('an answer to an older question is dropped', async () => {
  const page = new Page();
  page.press('Refresh');
  const newer = { ...WHY, report: { ...WHY.report, summary: 'newer' } };

  await page.answer(
    { ...newer, parts: [{ part: 'text', text: 'newer' }] },
    200,
    1
  );
  await page.answer(WHY, 200, 0);

  expect(screen.getAllByText('newer').length).toBeGreaterThan(0);
  expect(text()).not.toContain(SUMMARY);
});

test('an error of an older question is dropped', async () => {
  const page = new Page();
  page.press('Refresh');

  await page.answer(WHY, 200, 1);
  await page.answer(LOCKED, 503, 0);

  expect(screen.queryByRole('alert')).toBeNull();
});

test('a question that nobody asks any more takes no answer', async () => {
  const page = new Page();

  page.question.dispose();
  await page.answer(WHY);

  expect(page.question.reply).toBeNull();
});

test('the line of the question is inserted and copied', async () => {
  const page = new Page();
  await page.answer(WHY);

  page.press('Insert as cell');
  page.press('Copy as code');

  expect(page.inserted).toEqual(['%mlops why 1 2']);
  expect(page.copied).toEqual(['%mlops why 1 2']);
  expect(screen.getAllByText('Copied.').length).toBeGreaterThan(0);
});

test('without a renderer for figures the page says so', async () => {
  const none = { mimeTypes: [] } as unknown as IRenderMimeRegistry;
  const page = new Page({ rendermime: none });

  await page.answer(WHY);

  expect(text()).toContain('this JupyterLab cannot draw it');
});

test('a figure is drawn in the colour of the theme, and again when it changes', async () => {
  const drawn: FakeRenderer[] = [];
  const themeChanged = new Signal<object, never>({});
  const themes = { themeChanged } as unknown as IThemeManager;
  const page = new Page({ themes, rendermime: rendermime(drawn) });
  const root = document.documentElement.style;
  root.setProperty('--jp-ui-font-color1', 'black');
  await page.answer(WHY);

  root.setProperty('--jp-ui-font-color1', 'white');
  themeChanged.emit(undefined as never);

  expect(drawn).toHaveLength(2);
  expect(drawn[0].isDisposed).toBe(true);
  const colors = drawn.map(({ model }) => model?.data[PLOTLY].layout.font);
  expect(colors).toEqual([{ color: 'black' }, { color: 'white' }]);
  expect(drawn[1].model?.data[PLOTLY].layout.paper_bgcolor).toBe(
    'rgba(0,0,0,0)'
  );
});

test('a figure that the renderer cannot draw is said to be missing', async () => {
  const failing = jest
    .spyOn(FakeRenderer.prototype, 'renderModel')
    .mockRejectedValue(new Error('A part of the renderer was not loaded.'));
  const page = new Page();

  await page.answer(WHY);
  await screen.findByText(/The figure could not be drawn/);

  expect(document.body.textContent).toContain(SUMMARY);
  failing.mockRestore();
});

test('a figure goes with its page', async () => {
  const drawn: FakeRenderer[] = [];
  const page = new Page({ rendermime: rendermime(drawn) });
  await page.answer(WHY);

  page.press('Refresh');
  await page.answer({ ...WHY, figure: null });

  expect(drawn.map(renderer => renderer.isDisposed)).toEqual([true]);
});
