/** A tab with the answer of one capability. */

import { Clipboard, IThemeManager, MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Query } from '../client';
import type { TrailModel } from '../model';
import { Question } from '../question';
import type { ReadingReply } from '../wire';
import { ReadingPage } from './readingPage';

/** What a reading is asked with, and shown as. */
export interface ReadingOptions {
  readonly model: TrailModel;
  readonly rendermime: IRenderMimeRegistry;
  readonly themes: IThemeManager | null;
  readonly trans: TranslationBundle;
  readonly capability: string;
  readonly query: Query;
  /** Of the project that is asked. */
  readonly notebook: string | null;
  readonly title: string;
  /** The `%mlops` line that asks the same. */
  readonly line: string;
  readonly onInsert: (line: string) => void;
}

/** Return a tab that asks a reading. */
export function createReadingTab(options: ReadingOptions): MainAreaWidget {
  const content = new ReadingView(options);
  content.title.label = options.title;
  content.title.caption = options.line;
  return new MainAreaWidget({ content });
}

class ReadingView extends ReactWidget {
  constructor(private readonly options: ReadingOptions) {
    super();
    this.addClass('jp-Celltrail-tab');
    const { model, capability, query, notebook } = options;
    this.question = new Question(() =>
      model.client.reading(notebook, capability, query)
    );
    void this.question.ask();
  }

  dispose(): void {
    this.question.dispose();
    super.dispose();
  }

  protected render(): React.JSX.Element {
    const { title, line, rendermime, themes, trans, onInsert } = this.options;
    return (
      <ReadingPage
        question={this.question}
        title={title}
        line={line}
        rendermime={rendermime}
        themes={themes}
        trans={trans}
        onInsert={onInsert}
        onCopy={text => Clipboard.copyToSystem(text)}
      />
    );
  }

  private readonly question: Question<ReadingReply>;
}
