/** Which lineage the sidebar shows. No DOM. */

import { IDisposable } from '@lumino/disposable';

import type { TrailModel } from '../../model';
import { Question } from '../../question';
import type { LineageReply } from '../../wire';

/** The lineage of one result, with the states of its cells. */
export interface Lineage {
  readonly reply: LineageReply;
  /** By execution, as cell marks show them. */
  readonly states: ReadonlyMap<string, string>;
}

/** What a question was answered; null where nothing is recorded yet. */
export interface Answer {
  readonly lineage: Lineage | null;
}

/** Follows the result at hand; asks only while somebody looks. */
export class LineageModel implements IDisposable {
  constructor(readonly trail: TrailModel) {
    this.question = new Question(() => this.fetch());
    trail.written.connect(this.onWritten, this);
    trail.changed.connect(this.onChanged, this);
  }

  readonly question: Question<Answer>;

  get isDisposed(): boolean {
    return this.question.isDisposed;
  }

  dispose(): void {
    this.trail.written.disconnect(this.onWritten, this);
    this.trail.changed.disconnect(this.onChanged, this);
    this.question.dispose();
  }

  /** Say whether somebody looks. */
  setVisible(isVisible: boolean): void {
    this.isVisible = isVisible;
    this.catchUp();
  }

  private onWritten(): void {
    this.isOld = true;
    this.catchUp();
  }

  private onChanged(): void {
    const { notebook, focus } = this.trail;
    if (notebook !== this.notebook) {
      this.question.take(null); // of another notebook: nothing to keep meanwhile
    }
    if (notebook !== this.notebook || focus !== this.focus) {
      this.isOld = true;
      this.catchUp();
    }
  }

  private catchUp(): void {
    if (this.isVisible && this.isOld) {
      this.isOld = false;
      this.notebook = this.trail.notebook;
      this.focus = this.trail.focus;
      void this.question.ask();
    }
  }

  private async fetch(): Promise<Answer> {
    const { client } = this.trail;
    const { notebook } = this;
    const of = this.focus ?? (await this.newest());
    if (of === null) {
      return { lineage: null };
    }
    const reply = await client.lineage(notebook, of);
    return { lineage: { reply, states: await this.states(reply) } };
  }

  private async newest(): Promise<string | null> {
    const { notebook } = this;
    const scope = notebook === null ? 'project' : 'notebook';
    const query = { limit: 1, scope };
    const { results } = await this.trail.client.results(notebook, query);
    return results[0]?.id ?? null;
  }

  /** States of the cells of the notebook in which the result ran. */
  private async states(reply: LineageReply): Promise<Map<string, string>> {
    const notebook = reply.result?.notebook_path;
    if (!notebook) {
      return new Map();
    }
    const live = this.trail.openCells(notebook);
    try {
      const { cells } = await this.trail.client.marks(notebook, live);
      return new Map(
        cells.flatMap(({ execution, state }) =>
          execution ? [[execution, state]] : []
        )
      );
    } catch {
      return new Map(); // the lineage is true without; the marks say what is wrong
    }
  }

  private notebook: string | null = null;
  private focus: string | null = null;
  private isVisible = false;
  private isOld = true;
}
