/** One result and its labels, for a tab. No DOM. */

import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { TrailError } from '../client';
import type { TrailModel } from '../model';
import { Question } from '../question';
import type { LabelsBody, ResultReply } from '../wire';

/** Knows a result in full, and writes what is edited of it. */
export class ResultModel implements IDisposable {
  constructor(
    private readonly model: TrailModel,
    readonly id: string,
    /** Of the project that is asked, whatever notebook is at hand later. */
    readonly notebook: string | null
  ) {
    this.question = new Question(() => model.client.result(notebook, id));
    this.question.changed.connect(this.tell, this);
  }

  readonly question: Question<ResultReply>;
  isSaving = false;
  /** Why the last edit was not written. */
  problem: TrailError | null = null;

  get changed(): ISignal<this, void> {
    return this.hasChanged;
  }

  get isDisposed(): boolean {
    return this.question.isDisposed;
  }

  dispose(): void {
    this.question.dispose();
    Signal.clearData(this);
  }

  /** Write labels; false where they were not written. */
  async label(labels: LabelsBody): Promise<boolean> {
    this.isSaving = true;
    this.tell();
    try {
      this.question.take(
        await this.model.label(this.notebook, this.id, labels)
      );
      this.problem = null;
    } catch (error) {
      this.problem = TrailError.of(error);
    }
    this.isSaving = false;
    this.tell();
    return this.problem === null;
  }

  private tell(): void {
    this.hasChanged.emit();
  }

  private readonly hasChanged = new Signal<this, void>(this);
}
