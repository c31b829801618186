import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';

import type { NotebookBinding } from '../src/binding';
import { readingOf, registerCommands } from '../src/commands';
import { TrailModel } from '../src/model';
import type { ResultTab } from '../src/report/resultTab';
import { CommandIDs } from '../src/tokens';
import type { ResultReply, ResultsReply } from '../src/wire';
import { FakeServer, golden, trans } from './cases';

const RESULT = golden<ResultReply>('result');
const { results: RESULTS } = golden<ResultsReply>('results');

/** JupyterLab as far as commands know it. */
class Lab {
  readonly server = new FakeServer();
  readonly model = new TrailModel(this.server.client, () => null);
  readonly commands = new CommandRegistry();
  readonly opened: Widget[] = [];
  readonly readings = new WidgetTracker<MainAreaWidget>({ namespace: 'r' });
  readonly results = new WidgetTracker<ResultTab>({ namespace: 's' });

  constructor() {
    const row = document.createElement('div');
    row.dataset.resultId = 'of an earlier menu';
    const shell = {
      add: (widget: Widget) => this.opened.push(widget),
      activateById: () => undefined
    };
    const app = {
      commands: this.commands,
      shell,
      contextMenuHitTest: () => row
    };
    registerCommands({
      app: app as unknown as JupyterFrontEnd,
      model: this.model,
      notebooks: { currentWidget: null } as unknown as INotebookTracker,
      rendermime: { mimeTypes: [] } as unknown as IRenderMimeRegistry,
      themes: null,
      trans,
      readings: this.readings,
      results: this.results,
      dialogs: null
    });
  }

  follow(path: string): void {
    const changed = { connect: () => true, disconnect: () => true };
    this.model.follow({ path, changed } as unknown as NotebookBinding);
  }

  async listed(): Promise<void> {
    void this.model.results.reload();
    await this.server.last.answer({ results: RESULTS, cursor: null });
  }
}

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

afterEach(() => {
  lab.opened.forEach(widget => widget.dispose());
  lab.model.dispose();
});

test('a command is about what is selected, whatever had a menu before', async () => {
  await lab.listed();
  lab.model.results.select([RESULTS[1].id]);

  void lab.commands.execute(CommandIDs.star);

  expect(lab.server.last.path).toBe(`results/${RESULTS[1].id}`);
  expect(lab.server.last.method).toBe('PATCH');
});

test('what is about results is not offered while none is selected', async () => {
  await lab.listed();

  expect(lab.commands.isEnabled(CommandIDs.star)).toBe(false);
  expect(lab.commands.isEnabled(CommandIDs.editLabels)).toBe(false);

  lab.model.results.select([RESULTS[0].id]);

  expect(lab.commands.isEnabled(CommandIDs.star)).toBe(true);
  expect(lab.commands.isEnabled(CommandIDs.editLabels)).toBe(true);
});

test('a tab that is restored asks the project it was opened for', async () => {
  lab.follow('one/work.ipynb');
  await lab.commands.execute(CommandIDs.why, { ids: ['7'] });
  const [tab] = lab.opened;
  lab.follow('two/work.ipynb');
  const kept = readingOf(tab.id);
  tab.dispose();

  await lab.commands.execute(CommandIDs.openReading, kept as never);

  expect(lab.server.last.path).toBe('readings/why');
  expect(lab.server.last.query.get('notebook')).toBe('one/work.ipynb');
});

test('a result asks the project it was opened for, and so does what it opens', async () => {
  lab.follow('one/work.ipynb');
  await lab.commands.execute(CommandIDs.openResult, { id: RESULT.id });
  const { place } = (lab.opened[0] as ResultTab).content;
  lab.follow('two/work.ipynb');

  expect(place).toEqual({ id: RESULT.id, notebook: 'one/work.ipynb' });

  await lab.commands.execute(CommandIDs.recipe, {
    ids: [RESULT.id],
    notebook: place.notebook
  });

  expect(lab.server.last.path).toBe('readings/recipe');
  expect(lab.server.last.query.get('notebook')).toBe('one/work.ipynb');
});

test('a reading of the newest says so in its title', async () => {
  await lab.commands.execute(CommandIDs.why);
  await lab.commands.execute(CommandIDs.compare);
  await lab.commands.execute(CommandIDs.recipe);

  expect(lab.opened.map(({ title }) => title.label)).toEqual([
    'Why the newest changed',
    'Compare the newest',
    'Recipe of the newest'
  ]);
});

test('the same reading is opened once, of another project again', async () => {
  lab.follow('one/work.ipynb');
  await lab.commands.execute(CommandIDs.recipe);
  await lab.commands.execute(CommandIDs.recipe);
  lab.follow('two/work.ipynb');
  await lab.commands.execute(CommandIDs.recipe);

  expect(lab.opened).toHaveLength(2);
});
