/** All commands but those of one plugin's own widget. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Clipboard,
  IThemeManager,
  MainAreaWidget,
  Notification,
  WidgetTracker
} from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';

import { insertCell } from './cells';
import { Query, TrailError } from './client';
import { trailIcon } from './icons';
import type { TrailModel } from './model';
import { createReadingTab } from './report/readingTab';
import { createResultTab } from './report/resultTab';
import { CommandIDs } from './tokens';

/** What commands work with. */
export interface CommandContext {
  readonly app: JupyterFrontEnd;
  readonly model: TrailModel;
  readonly notebooks: INotebookTracker;
  readonly rendermime: IRenderMimeRegistry;
  readonly themes: IThemeManager | null;
  readonly trans: TranslationBundle;
  readonly readings: WidgetTracker<MainAreaWidget>;
  readonly results: WidgetTracker<MainAreaWidget>;
}

/** A quick reading of the store, as a tab shows it. */
export interface Reading {
  readonly capability: string;
  readonly query: Query;
  readonly title: string;
  /** The same question as a cell. */
  readonly line: string;
}

const READING = 'celltrail-reading:';
const RESULT = 'celltrail-result:';

/** Return the reading that a tab shows. */
export function readingOf(tab: string): Reading {
  return JSON.parse(tab.slice(READING.length));
}

/** Return the result that a tab shows. */
export function resultOf(tab: string): string {
  return tab.slice(RESULT.length);
}

/** Register every command; return those for the palette. */
export function registerCommands(context: CommandContext): string[] {
  addTabs(context);
  addReadings(context);
  addLabels(context);
  addCells(context);
  addRecording(context);
  const { openReading: _reading, openResult: _result, ...shown } = CommandIDs;
  return Object.values(shown);
}

/** The results that a command is about: given, under the pointer, or selected. */
function targets(
  { app, model }: CommandContext,
  args: { readonly ids?: unknown; readonly id?: unknown }
): string[] {
  if (Array.isArray(args.ids)) {
    return args.ids.map(String);
  }
  if (typeof args.id === 'string') {
    return [args.id];
  }
  const selected = [...model.results.selected];
  const under = app.contextMenuHitTest(node => !!node.dataset.resultId);
  const id = under?.dataset.resultId;
  return id && !selected.includes(id) ? [id] : selected;
}

function addTabs(context: CommandContext): void {
  const { app, model, rendermime, themes, trans, readings, results } = context;
  const show = (
    id: string,
    tracker: WidgetTracker<MainAreaWidget>,
    make: () => MainAreaWidget
  ): void => {
    let tab = tracker.find(other => other.id === id);
    if (!tab) {
      tab = make();
      tab.id = id;
      tab.title.icon = trailIcon;
      // Beside the notebook; with the tabs that are there already.
      const beside = newestOf(readings) ?? newestOf(results);
      app.shell.add(
        tab,
        'main',
        beside
          ? { mode: 'tab-after', ref: beside.id, type: 'Trail' }
          : { mode: 'split-right', type: 'Trail' }
      );
      void tracker.add(tab);
    }
    app.shell.activateById(id);
  };
  app.commands.addCommand(CommandIDs.openReading, {
    label: args => trans.__('Show %1', String(args.capability ?? '')),
    execute: args => {
      const reading = args as unknown as Reading;
      show(READING + JSON.stringify(reading), readings, () =>
        createReadingTab({
          ...reading,
          model,
          rendermime,
          themes,
          trans,
          onInsert: line => void insert(context, line, true)
        })
      );
    }
  });
  app.commands.addCommand(CommandIDs.openResult, {
    label: trans.__('Open Result'),
    execute: args => {
      const [id] = targets(context, args);
      if (id) {
        show(RESULT + id, results, () =>
          createResultTab({
            model,
            trans,
            id,
            onOpen: (command, ids) =>
              void app.commands.execute(command, { ids: [...ids] })
          })
        );
      }
    }
  });
}

function newestOf(
  tracker: WidgetTracker<MainAreaWidget>
): MainAreaWidget | null {
  let newest: MainAreaWidget | null = null;
  tracker.forEach(tab => {
    newest = tab;
  });
  return newest;
}

function addReadings(context: CommandContext): void {
  const { app, model, trans } = context;
  const open = (reading: Reading): Promise<void> =>
    app.commands.execute(CommandIDs.openReading, { ...reading } as never);
  const short = (id: string): string => model.results.find(id)?.short ?? id;

  app.commands.addCommand(CommandIDs.why, {
    label: trans.__('Why Did It Change?'),
    caption: trans.__(
      'What differs between two results, ranked; of one: it and the one before it'
    ),
    isEnabled: args => targets(context, args).length < 3,
    execute: args => {
      // Selected in any order: the older one is the one before.
      const ids = inOrder(model, targets(context, args));
      const words = ids.map(short);
      return open({
        capability: 'why',
        query: { ids },
        title: trans.__('Why %1', words.join(' → ')),
        line: `%mlops why ${words.join(' ')}`.trim()
      });
    }
  });
  app.commands.addCommand(CommandIDs.compare, {
    label: trans.__('Compare Results'),
    isEnabled: args => targets(context, args).length !== 1,
    execute: args => {
      const ids = inOrder(model, targets(context, args));
      const words = ids.map(short);
      return open({
        capability: 'compare',
        query: { ids },
        title: trans.__('Compare %1', words.join(', ')),
        line: `%mlops compare ${words.join(' ')}`.trim()
      });
    }
  });
  app.commands.addCommand(CommandIDs.recipe, {
    label: trans.__('Show Recipe'),
    caption: trans.__('The cells that a result needs, in order, as they ran'),
    execute: args => {
      const [id] = targets(context, args);
      return open({
        capability: 'recipe',
        query: id ? { id } : {},
        title: trans.__(
          'Recipe of %1',
          id ? short(id) : trans.__('the newest')
        ),
        line: `%mlops recipe ${id ? short(id) : ''}`.trim()
      });
    }
  });
  app.commands.addCommand(CommandIDs.lineage, {
    label: trans.__('Show Lineage'),
    execute: async args => {
      await app.commands.execute(CommandIDs.openSidebar);
      model.focusOn(targets(context, args)[0] ?? null);
    }
  });
}

function addLabels(context: CommandContext): void {
  const { app, model, trans } = context;
  app.commands.addCommand(CommandIDs.star, {
    label: trans.__('Star'),
    isToggled: args => {
      const [id] = targets(context, args);
      return !!id && !!model.results.find(id)?.is_starred;
    },
    execute: async args => {
      const ids = targets(context, args);
      try {
        for (const id of ids) {
          const star = !model.results.find(id)?.is_starred;
          await model.label(model.notebook, id, { star });
        }
      } catch (error) {
        Notification.error(TrailError.of(error).message, { autoClose: 5000 });
      }
    }
  });
  app.commands.addCommand(CommandIDs.editLabels, {
    label: trans.__('Edit Tags and Notes'),
    execute: args => {
      const [id] = targets(context, args);
      return app.commands.execute(CommandIDs.openResult, { id });
    }
  });
  app.commands.addCommand(CommandIDs.copyCode, {
    label: trans.__('Copy as Code'),
    caption: trans.__('A line of Python that reads the selected results'),
    execute: args => {
      const ids = targets(context, args).map(id => JSON.stringify(id));
      const wanted =
        ids.length === 1 ? `id = ${ids[0]}` : `id in (${ids.join(', ')})`;
      const code = ids.length
        ? `celltrail.search_results(filter_string=${JSON.stringify(wanted)})`
        : 'celltrail.search_results()';
      Clipboard.copyToSystem(`import celltrail\n${code}\n`);
    }
  });
}

function addCells(context: CommandContext): void {
  const { app, model, notebooks, trans } = context;
  const hasNotebook = (): boolean => notebooks.currentWidget !== null;
  app.commands.addCommand(CommandIDs.reproduce, {
    label: trans.__('Reproduce in a Cell'),
    caption: trans.__('Runs the recipe again in a clean process and compares'),
    isEnabled: hasNotebook,
    execute: args => {
      const [id] = targets(context, args);
      const word = id ? (model.results.find(id)?.short ?? id) : '';
      return insert(context, `%mlops reproduce ${word}`.trim(), true);
    }
  });
  app.commands.addCommand(CommandIDs.snapshot, {
    label: trans.__('Keep a Snapshot of Data'),
    caption: trans.__('Begins a cell: write the name of a variable behind it'),
    isEnabled: hasNotebook,
    execute: () => insert(context, '%mlops snapshot ', false)
  });
}

function addRecording(context: CommandContext): void {
  const { app, model, trans } = context;
  const says = () => {
    const state = model.binding?.state;
    return state?.kind === 'known' ? state.says : null;
  };
  app.commands.addCommand(CommandIDs.toggleRecording, {
    label: trans.__('Record Cells'),
    isToggleable: true,
    isToggled: () => says()?.recording === true,
    isEnabled: () => says() !== null,
    execute: () => model.binding?.toggle()
  });
  app.commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh the Trail'),
    execute: () => model.refresh()
  });
  model.changed.connect(() =>
    app.commands.notifyCommandChanged(CommandIDs.toggleRecording)
  );
}

async function insert(
  { app, notebooks, trans }: CommandContext,
  line: string,
  isRun: boolean
): Promise<void> {
  const panel = notebooks.currentWidget;
  if (panel) {
    app.shell.activateById(panel.id);
    await insertCell(panel, line, { isRun });
  } else {
    Notification.info(
      trans.__('Open a notebook first: %1 runs in a cell.', line),
      {
        autoClose: 5000
      }
    );
  }
}

function inOrder(model: TrailModel, ids: readonly string[]): string[] {
  const at = (id: string): string => model.results.find(id)?.started_at ?? '';
  return [...ids].sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
}
