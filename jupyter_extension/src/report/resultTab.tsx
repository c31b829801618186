/** A tab with one result: what it was made of, and its labels. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { TrailModel } from '../model';
import { titleOf } from '../wording';
import { ResultModel } from './result';
import { OnOpen, ResultPage } from './resultPage';

/** Which result is shown, and what its buttons do. */
export interface ResultOptions {
  readonly model: TrailModel;
  readonly trans: TranslationBundle;
  readonly id: string;
  /** Of the project that has the result. */
  readonly notebook: string | null;
  readonly onOpen: OnOpen;
}

/** A tab with one result. */
export type ResultTab = MainAreaWidget<ResultView>;

/** Return a tab that shows a result. */
export function createResultTab(options: ResultOptions): ResultTab {
  return new MainAreaWidget({ content: new ResultView(options) });
}

/** Asks again when something was written, if it can be seen. */
export class ResultView extends ReactWidget {
  constructor(private readonly options: ResultOptions) {
    super();
    const { model, trans, id, notebook } = options;
    this.addClass('jp-Celltrail-tab');
    this.title.label = trans.__('Result');
    this.result = new ResultModel(model, id, notebook);
    this.result.question.changed.connect(this.name, this);
    model.written.connect(this.onWritten, this);
    void this.result.question.ask();
  }

  /** What it takes to show the same after the page was loaded again. */
  get place(): { readonly id: string; readonly notebook: string | null } {
    const { id, notebook } = this.options;
    return { id, notebook };
  }

  dispose(): void {
    this.options.model.written.disconnect(this.onWritten, this);
    this.result.dispose();
    super.dispose();
  }

  protected onAfterShow(): void {
    if (this.isOld) {
      this.onWritten();
    }
  }

  protected render(): React.JSX.Element {
    const { trans, onOpen } = this.options;
    return <ResultPage result={this.result} trans={trans} onOpen={onOpen} />;
  }

  private name(): void {
    const { reply } = this.result.question;
    if (reply) {
      this.title.label = titleOf(reply);
    }
  }

  private onWritten(): void {
    this.isOld = !this.isVisible;
    if (this.isVisible) {
      void this.result.question.ask();
    }
  }

  private readonly result: ResultModel;
  private isOld = false;
}
