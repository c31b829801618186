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

import { Dialogs, insertCell } from './cells';
import { Query, TrailError } from './client';
import { trailIcon } from './icons';
import type { TrailModel } from './model';
import { createReadingTab } from './report/readingTab';
import { createResultTab, ResultTab } from './report/resultTab';
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
  readonly results: WidgetTracker<ResultTab>;
  readonly dialogs: Dialogs;
}

/** A quick reading of the store, as a tab shows it. */
export interface Reading {
  readonly capability: string;
  readonly query: Query;
  /** Of the project that is asked. */
  readonly notebook: string | null;
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

/** What a command may be given: results, and a notebook of their project. */
interface Arguments {
  readonly ids?: unknown;
  readonly id?: unknown;
  readonly notebook?: unknown;
}

/** The results that a command is about: given or selected, as those under a menu are. */
function targets({ model }: CommandContext, args: Arguments): string[] {
  if (Array.isArray(args.ids)) {
    return args.ids.map(String);
  }
  if (typeof args.id === 'string') {
    return [args.id];
  }
  return [...model.results.selected];
}

/** A notebook of the project that a command is about: given, or the one at hand. */
function notebookOf({ model }: CommandContext, args: Arguments): string | null {
  return typeof args.notebook === 'string' ? args.notebook : model.notebook;
}

function addTabs(context: CommandContext): void {
  const { app, model, rendermime, themes, trans, readings, results } = context;
  const show = <T extends MainAreaWidget>(
    id: string,
    tracker: WidgetTracker<T>,
    make: () => T
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
      const notebook = notebookOf(context, args);
      if (id) {
        show(RESULT + id, results, () =>
          createResultTab({
            model,
            trans,
            id,
            notebook,
            onOpen: (command, ids) =>
              void app.commands.execute(command, { ids: [...ids], notebook })
          })
        );
      }
    }
  });
}

function newestOf<T extends MainAreaWidget>(
  tracker: WidgetTracker<T>
): T | null {
  let newest: T | null = null;
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
        notebook: notebookOf(context, args),
        title: words.length
          ? trans.__('Why %1', words.join(' → '))
          : trans.__('Why the newest changed'),
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
        notebook: notebookOf(context, args),
        title: words.length
          ? trans.__('Compare %1', words.join(', '))
          : trans.__('Compare the newest'),
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
        notebook: notebookOf(context, args),
        title: id
          ? trans.__('Recipe of %1', short(id))
          : trans.__('Recipe of the newest'),
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
  const hasTarget = (args: Arguments): boolean =>
    targets(context, args).length > 0;
  app.commands.addCommand(CommandIDs.star, {
    label: trans.__('Star'),
    isEnabled: hasTarget,
    isToggled: args => {
      const [id] = targets(context, args);
      return !!id && !!model.results.find(id)?.is_starred;
    },
    execute: async args => {
      const ids = targets(context, args);
      const notebook = notebookOf(context, args);
      try {
        for (const id of ids) {
          const star = !model.results.find(id)?.is_starred;
          await model.label(notebook, id, { star });
        }
      } catch (error) {
        Notification.error(TrailError.of(error).message, { autoClose: 5000 });
      }
    }
  });
  app.commands.addCommand(CommandIDs.editLabels, {
    label: trans.__('Edit Tags and Notes'),
    isEnabled: hasTarget,
    execute: args => app.commands.execute(CommandIDs.openResult, args)
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
  { app, notebooks, trans, dialogs }: CommandContext,
  line: string,
  isRun: boolean
): Promise<void> {
  const panel = notebooks.currentWidget;
  if (panel) {
    app.shell.activateById(panel.id);
    await insertCell(panel, line, { isRun, dialogs });
  } else {
    Notification.info(
      trans.__('Open a notebook first: %1 runs in a cell.', line),
      { autoClose: 5000 }
    );
  }
}

function inOrder(model: TrailModel, ids: readonly string[]): string[] {
  const at = (id: string): string => model.results.find(id)?.started_at ?? '';
  return [...ids].sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
}
