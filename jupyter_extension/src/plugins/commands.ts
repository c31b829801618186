import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  ISessionContextDialogs,
  IThemeManager,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import { readingOf, registerCommands } from '../commands';
import type { ResultTab } from '../report/resultTab';
import { CommandIDs, ITrail } from '../tokens';

/** What can be asked of results, in menus, the palette and by other extensions. */
const commands: JupyterFrontEndPlugin<void> = {
  id: 'celltrail:commands',
  description: 'Why, compare, recipe, reproduce, star and others as commands.',
  autoStart: true,
  requires: [ITrail, INotebookTracker, IRenderMimeRegistry],
  optional: [
    ICommandPalette,
    ILayoutRestorer,
    IThemeManager,
    ISessionContextDialogs,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    { model }: ITrail,
    notebooks: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    themes: IThemeManager | null,
    dialogs: ISessionContextDialogs | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('celltrail');
    const readings = new WidgetTracker<MainAreaWidget>({
      namespace: 'celltrail-readings'
    });
    const results = new WidgetTracker<ResultTab>({
      namespace: 'celltrail-results'
    });
    const shown = registerCommands({
      app,
      model,
      notebooks,
      rendermime,
      themes,
      trans,
      readings,
      results,
      dialogs
    });
    void restorer?.restore(readings, {
      command: CommandIDs.openReading,
      args: widget => readingOf(widget.id) as unknown as ReadonlyJSONObject,
      name: widget => widget.id
    });
    void restorer?.restore(results, {
      command: CommandIDs.openResult,
      args: widget => widget.content.place,
      name: widget => widget.id
    });
    for (const command of shown) {
      palette?.addItem({ command, category: trans.__('Trail') });
    }
  }
};

export default commands;
