import type { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { waitFor } from '@testing-library/dom';

import { TrailModel } from '../src/model';
import { createReadingTab } from '../src/report/readingTab';
import { createResultTab } from '../src/report/resultTab';
import type { ReadingReply, ResultReply } from '../src/wire';
import { FakeServer, golden, trans } from './cases';

const RESULT = golden<ResultReply>('result');

class Lab {
  readonly server = new FakeServer();
  readonly model = new TrailModel(this.server.client, () => null);
  readonly none = (): void => undefined;

  show(tab: MainAreaWidget): HTMLElement {
    Widget.attach(tab, document.body);
    return tab.node;
  }

  reading(): MainAreaWidget {
    return createReadingTab({
      model: this.model,
      rendermime: { mimeTypes: [] } as unknown as IRenderMimeRegistry,
      themes: null,
      trans,
      capability: 'why',
      query: { ids: ['7'] },
      notebook: 'work.ipynb',
      title: 'Why 7',
      line: '%mlops why 7',
      onInsert: this.none
    });
  }

  result(): MainAreaWidget {
    const { model, none } = this;
    return createResultTab({
      model,
      trans,
      id: RESULT.id,
      notebook: 'work.ipynb',
      onOpen: none
    });
  }
}

test('a tab of a reading has its title, and shows the answer', async () => {
  const lab = new Lab();
  const tab = lab.reading();
  const node = lab.show(tab);

  await lab.server.last.answer(golden<ReadingReply>('reading_why'));

  expect(tab.title.label).toBe('Why 7');
  expect(tab.title.caption).toBe('%mlops why 7');
  await waitFor(() =>
    expect(node.textContent).toContain('accuracy rose from 0.921 to 0.947')
  );
});

test('a tab of a result is called as the result is', async () => {
  const lab = new Lab();
  const tab = lab.result();
  const node = lab.show(tab);

  await lab.server.last.answer({ ...RESULT, title: 'LogisticRegression' });

  expect(tab.title.label).toBe('LogisticRegression');
  await waitFor(() =>
    expect(node.querySelector('h1')?.textContent).toBe('LogisticRegression')
  );
});
