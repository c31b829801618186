/** Binds the kernel of one open notebook to it: at its start, after a restart and a rename. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import type { TrailClient } from './client';
import { askState, bind, KernelState, switchRecording } from './kernel';
import type { BindingReply } from './wire';

const METADATA = 'celltrail';

/** What stands in a notebook's metadata under `celltrail`. */
interface Identity {
  readonly id?: string;
  readonly copied_from?: string;
}

/** One notebook and its kernel. */
export class NotebookBinding implements IDisposable {
  constructor(
    readonly panel: NotebookPanel,
    private readonly client: TrailClient,
    private readonly serverPath: (path: string) => string | null,
    private readonly isRecording: () => boolean
  ) {
    const { sessionContext, context } = panel;
    sessionContext.kernelChanged.connect(this.onKernel, this);
    sessionContext.statusChanged.connect(this.onStatus, this);
    context.pathChanged.connect(this.onPath, this);
    panel.disposed.connect(this.dispose, this);
    void context.ready.then(() => this.rebind());
  }

  state: KernelState = { kind: 'none' };

  /** The notebook has another path, or its kernel another state. */
  get changed(): ISignal<this, void> {
    return this.hasChanged;
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  /** The notebook's path for the server; null where it is on another drive. */
  get path(): string | null {
    return this.serverPath(this.panel.context.path);
  }

  dispose(): void {
    this.gone = true;
    Signal.clearData(this);
    for (const [kernel, panel] of boundTo) {
      if (panel === this.panel.id) {
        boundTo.delete(kernel);
      }
    }
  }

  /**
   * A cell is about to run, and its request not sent yet: give the notebook its identifier
   * (one that is only looked at stays as it is), and tell a kernel that several share.
   */
  beforeExecution(): void {
    const kernel = this.panel.sessionContext.session?.kernel;
    if (!kernel) {
      return;
    }
    const hasNew = this.identify();
    if (hasNew || boundTo.get(kernel.id) !== this.panel.id) {
      void this.tell(kernel);
    }
  }

  /** Ask the kernel how many cells it recorded; one question waits behind its cells, no more. */
  async ask(): Promise<void> {
    const kernel = this.panel.sessionContext.session?.kernel;
    if (kernel && this.state.kind === 'known' && !this.isAsking) {
      this.isAsking = true;
      try {
        await this.take(kernel, askState(kernel));
      } finally {
        this.isAsking = false;
      }
    }
  }

  /** Start or stop recording in the notebook's project. */
  async toggle(): Promise<void> {
    const kernel = this.panel.sessionContext.session?.kernel;
    if (kernel && this.state.kind === 'known') {
      const isOn = this.state.says.recording === true;
      await this.take(kernel, switchRecording(kernel, !isOn));
    }
  }

  /** Find out who the notebook is, and tell its kernel. */
  async rebind(): Promise<void> {
    const { path } = this;
    const known = this.identity.id ?? null;
    this.place = null;
    if (path !== null) {
      try {
        const place = await this.client.binding(path, known);
        this.place = path === this.path ? place : null;
      } catch {
        this.place = null; // the kernel knows its path itself; recording goes on
      }
    }
    const kernel = this.panel.sessionContext.session?.kernel;
    if (!this.gone && kernel) {
      await this.tell(kernel);
    }
  }

  private get identity(): Identity {
    const found: unknown = this.panel.model?.getMetadata(METADATA);
    return typeof found === 'object' && found !== null ? found : {};
  }

  /** Write the identifier if there is none yet, or if it is another notebook's. */
  private identify(): boolean {
    const { id } = this.identity;
    const { context, model } = this.panel;
    const isCopy = this.place?.is_copy === true;
    if (
      (id && !isCopy) ||
      !model ||
      context.contentsModel?.writable === false
    ) {
      return false;
    }
    const fresh = UUID.uuid4().replace(/-/g, '');
    const copied = isCopy && id ? { copied_from: id } : {};
    model.setMetadata(METADATA, { id: fresh, ...copied });
    if (this.place) {
      this.place = { ...this.place, is_copy: false };
    }
    return true;
  }

  private async tell(kernel: Kernel.IKernelConnection): Promise<void> {
    boundTo.set(kernel.id, this.panel.id);
    const isCopy = this.place?.is_copy === true;
    await this.take(
      kernel,
      bind(kernel, {
        notebook: isCopy ? null : (this.identity.id ?? null),
        path: this.place?.file ?? null,
        recording: this.isRecording()
      })
    );
  }

  private async take(
    kernel: Kernel.IKernelConnection,
    answer: Promise<KernelState>
  ): Promise<void> {
    if (this.state.kind !== 'known') {
      this.become({ kind: 'asking' });
    }
    let state: KernelState;
    try {
      state = await answer;
    } catch {
      return; // the kernel went away; its successor is asked when it comes
    }
    if (
      !this.gone &&
      kernel.id === this.panel.sessionContext.session?.kernel?.id
    ) {
      this.become(state);
    }
  }

  private become(state: KernelState): void {
    this.state = state;
    this.hasChanged.emit();
  }

  private onKernel(): void {
    this.isAsking = false; // the kernel before answers no more
    this.become({ kind: 'none' });
    void this.rebind();
  }

  private onStatus(_: unknown, status: Kernel.Status): void {
    const kernel = this.panel.sessionContext.session?.kernel;
    if (status === 'restarting' || status === 'autorestarting') {
      this.isRestarting = true;
    } else if (status === 'dead') {
      this.become({ kind: 'none' });
    } else if (this.isRestarting && kernel) {
      this.isRestarting = false;
      void this.tell(kernel);
    }
  }

  private onPath(): void {
    this.hasChanged.emit();
    void this.rebind();
  }

  private readonly hasChanged = new Signal<this, void>(this);
  private place: BindingReply | null = null;
  private isRestarting = false;
  private isAsking = false;
  private gone = false;
}

/** The notebook panel that each kernel was told last. */
const boundTo = new Map<string, string>();
