/** One question to the server, asked again and again. No DOM. */

import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { TrailError } from './client';

/** Knows the newest answer; it stays while the question is asked again. */
export class Question<T> implements IDisposable {
  constructor(private readonly fetch: () => Promise<T>) {}

  reply: T | null = null;
  problem: TrailError | null = null;
  isLoading = false;

  get changed(): ISignal<this, void> {
    return this.hasChanged;
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  dispose(): void {
    this.gone = true;
    this.turn++;
    Signal.clearData(this);
  }

  /** Ask; an answer that comes after a newer question was asked is dropped. */
  async ask(): Promise<void> {
    const turn = ++this.turn;
    this.isLoading = true;
    this.hasChanged.emit();
    try {
      const reply = await this.fetch();
      if (turn === this.turn) {
        this.settle(reply, null);
      }
    } catch (error) {
      if (turn === this.turn) {
        this.settle(this.reply, TrailError.of(error));
      }
    }
  }

  /** Take an answer that came another way; one under way is older, and dropped. */
  take(reply: T | null): void {
    this.turn++;
    this.settle(reply, null);
  }

  private settle(reply: T | null, problem: TrailError | null): void {
    this.reply = reply;
    this.problem = problem;
    this.isLoading = false;
    this.hasChanged.emit();
  }

  private readonly hasChanged = new Signal<this, void>(this);
  private turn = 0;
  private gone = false;
}
