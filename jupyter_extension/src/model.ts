/** The trail of the notebook at hand: one poll, one list of results, one word for each state. */

import { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import type { NotebookBinding } from './binding';
import { Again } from './again';
import { TrailClient, TrailError } from './client';
import { ResultsModel } from './results';
import { API, ResultReply, LabelsBody, StatusReply } from './wire';

/** The version of this front end's package. */
export const VERSION = '0.1.0';

/** What is wrong with the server half or the store. */
export type Trouble =
  | { readonly kind: 'no_server' }
  | {
      readonly kind: 'other_api';
      readonly version: string;
      readonly isNewer: boolean;
    }
  | {
      readonly kind: 'store';
      readonly message: string;
      readonly hint: string | null;
    }
  | { readonly kind: 'failed'; readonly message: string };

/** Everything that the sidebar, the marks and the status bar share. */
export class TrailModel implements IDisposable {
  /**
   * @param openCells - The ids of the code cells of a notebook that is open; null of others.
   */
  constructor(
    readonly client: TrailClient,
    readonly openCells: (notebook: string) => readonly string[] | null
  ) {
    this.results = new ResultsModel(client);
    this.poll = new Poll({
      name: 'celltrail:changes',
      factory: () => this.looking.run(),
      frequency: { interval: INTERVAL, backoff: true, max: SLOWEST },
      standby: 'when-hidden',
      auto: false
    });
  }

  readonly results: ResultsModel;
  status: StatusReply | null = null;
  trouble: Trouble | null = null;
  binding: NotebookBinding | null = null;
  /** What the lineage section shows; null is the newest result of the notebook. */
  focus: string | null = null;

  /** Something that a face shows is another. */
  get changed(): ISignal<this, void> {
    return this.hasChanged;
  }

  /** Something was written to the store. */
  get written(): ISignal<this, void> {
    return this.wasWritten;
  }

  get isDisposed(): boolean {
    return this.poll.isDisposed;
  }

  /** The notebook at hand, as the server knows it. */
  get notebook(): string | null {
    return this.path;
  }

  dispose(): void {
    this.poll.dispose();
    Signal.clearData(this);
  }

  /** Begin: find the server half, then look for news. */
  async start(): Promise<void> {
    await this.refreshStatus().catch(toldAsTrouble);
    await this.poll.start();
  }

  /** Show the project of a notebook; null keeps the one before. */
  follow(binding: NotebookBinding | null): void {
    this.binding?.changed.disconnect(this.onBinding, this);
    this.binding = binding;
    this.binding?.changed.connect(this.onBinding, this);
    this.onBinding();
  }

  /** Show the lineage of a result. */
  focusOn(id: string | null): void {
    this.focus = id;
    this.hasChanged.emit();
  }

  /** Ask now: a cell has run, or somebody pressed a button. */
  async refresh(): Promise<void> {
    if (this.looking.isRunning) {
      void this.looking.run(); // the poll would leave it out, though it asked too early
    } else {
      await this.poll.refresh();
    }
    await this.poll.tick.catch(() => undefined);
  }

  /** Change labels of a result in the project of a notebook. */
  async label(
    notebook: string | null,
    id: string,
    labels: LabelsBody
  ): Promise<ResultReply> {
    const reply = await this.client.label(notebook, id, labels);
    this.results.replace(reply);
    return reply;
  }

  /** Ask for news; what is raised has the poll wait longer. */
  private async ask(): Promise<void> {
    if (this.trouble) {
      await this.refreshStatus();
      return;
    }
    const { path } = this;
    try {
      const reply = await this.client.changes(path, this.sequence);
      const isKnown =
        reply.sequence === this.sequence && reply.store === this.store;
      if (isKnown || path !== this.path) {
        return;
      }
      this.sequence = reply.sequence;
      this.store = reply.store;
    } catch (error) {
      this.fail(path, error);
      throw error;
    }
    this.wasWritten.emit();
    await Promise.all([this.results.renew(), this.refreshStatus()]);
  }

  private async refreshStatus(): Promise<void> {
    const { path } = this;
    let status: StatusReply;
    try {
      status = await this.client.status(path);
    } catch (error) {
      this.fail(path, error);
      throw error;
    }
    if (path !== this.path) {
      return;
    }
    const wasInTrouble = this.trouble !== null;
    this.status = status;
    this.trouble = troubleOf(status);
    this.hasChanged.emit();
    if (!this.trouble && (wasInTrouble || !this.results.isLoaded)) {
      await this.results.reload();
    }
  }

  /** Say why a question about a notebook was not answered, while it is the one at hand. */
  private fail(path: string | null, error: unknown): void {
    if (path !== this.path) {
      return;
    }
    const { reason, message, hint } = TrailError.of(error);
    if (reason === 'no_server') {
      this.trouble = { kind: 'no_server' };
    } else if (reason.startsWith('store_')) {
      this.trouble = { kind: 'store', message, hint };
    } else {
      this.trouble = { kind: 'failed', message };
    }
    this.hasChanged.emit();
  }

  /** The notebook at hand is another, has another name, or its kernel another state. */
  private onBinding(): void {
    const path = this.binding ? this.binding.path : this.path;
    if (path !== this.path) {
      this.path = path;
      this.focus = null;
      this.sequence = 0;
      this.results.setNotebook(path);
      void this.refreshStatus().catch(toldAsTrouble);
    }
    this.hasChanged.emit();
  }

  private readonly hasChanged = new Signal<this, void>(this);
  private readonly wasWritten = new Signal<this, void>(this);
  private readonly poll: Poll;
  private path: string | null = null;
  private readonly looking = new Again(() => this.ask());
  private sequence = 0;
  /** Which store the sequence counts in; another one may take its place. */
  private store: string | null = null;
}

// Executions are told at once by the notebook; the poll is for other kernels and processes.
const INTERVAL = 3_000; // milliseconds
const SLOWEST = 60_000;

/** What a question raises is for the poll; readers see it as the model's trouble. */
function toldAsTrouble(): void {}

function troubleOf(status: StatusReply): Trouble | null {
  if (status.api !== API) {
    const isNewer = status.api > API;
    return { kind: 'other_api', version: status.version, isNewer };
  }
  const { state, message, hint } = status.store;
  if (state === 'ready' || state === 'missing') {
    return null;
  }
  return { kind: 'store', message: message ?? state, hint };
}
