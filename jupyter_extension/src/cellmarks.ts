/** Draws the marks of one notebook beside its cells. */

import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import type { TrailClient } from './client';
import { LiveCell, Mark, MarksModel } from './marks';
import { stateName } from './wording';

/** What each state is called; others are shown by their own word. */
const SIGNS: Record<string, string> = {
  stale: '↻',
  edited: '✎',
  orphan: '?',
  unseeded: '~',
  failed: '✕',
  'other session': '…'
};

/** The marks of one open notebook. */
export class CellMarks implements IDisposable {
  constructor(
    private readonly panel: NotebookPanel,
    client: TrailClient,
    private readonly trans: TranslationBundle,
    private readonly cells: () => readonly LiveCell[]
  ) {
    this.model = new MarksModel(client, cells);
    this.model.changed.connect(this.onChanged, this);
    void panel.context.ready.then(() => {
      if (!this.gone) {
        panel.model?.contentChanged.connect(this.drawSoon, this);
        this.drawSoon();
      }
    });
  }

  /** Another mark is shown, or another plan is known. */
  get changed(): ISignal<this, void> {
    return this.hasChanged;
  }

  /** The ids of the cells to run again, in order. */
  get plan(): readonly string[] {
    return this.model.plan.flatMap(step => (step.cell ? [step.cell] : []));
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  dispose(): void {
    this.gone = true;
    Signal.clearData(this);
    clearTimeout(this.timer);
  }

  /** Show the marks of the notebook at this path; ask only for what is not known yet. */
  follow(path: string | null): void {
    if (path !== this.model.notebook || this.isOld) {
      this.model.notebook = path;
      this.refresh();
    }
  }

  /** Something was written that is asked for once the notebook is seen. */
  expire(): void {
    this.isOld = true;
  }

  refresh(): void {
    this.isOld = false;
    void this.model.refresh();
  }

  private onChanged(): void {
    this.draw();
    this.hasChanged.emit();
  }

  private draw(): void {
    const known = new Map(this.cells().map(cell => [cell.id, cell]));
    for (const widget of this.panel.content.widgets) {
      const cell = known.get(widget.model.id);
      this.show(widget, cell ? this.model.mark(cell) : null);
    }
  }

  // At every key: so only after a pause, when the browser has nothing else to do.
  private drawSoon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.draw(), PAUSE);
  }

  private show(widget: Cell, mark: Mark | null): void {
    const { node } = widget;
    let drawn = node.querySelector<HTMLElement>(':scope > .jp-Celltrail-mark');
    if (mark === null) {
      drawn?.remove();
      delete node.dataset.celltrail;
      return;
    }
    if (!drawn) {
      drawn = document.createElement('div');
      drawn.className = 'jp-Celltrail-mark';
      drawn.setAttribute('role', 'img');
      node.appendChild(drawn);
    }
    const says = this.words(mark);
    if (node.dataset.celltrail === mark.state && drawn.title === says) {
      return;
    }
    node.dataset.celltrail = mark.state;
    drawn.title = says;
    drawn.setAttribute('aria-label', this.trans.__('Trail: %1', says));
    drawn.textContent = SIGNS[mark.state] ?? '';
  }

  private words({ state, isEdited, reasons }: Mark): string {
    const edited = isEdited ? [this.trans.__('edited since it ran')] : [];
    return [stateName(state, this.trans), ...edited, ...reasons].join(' · ');
  }

  private readonly hasChanged = new Signal<this, void>(this);
  private readonly model: MarksModel;
  private timer = 0;
  private isOld = false;
  private gone = false;
}

const PAUSE = 300; // milliseconds
