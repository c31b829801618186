/** The states of a notebook's cells. No DOM. */

import { ISignal, Signal } from '@lumino/signaling';

import { Again } from './again';
import { TrailClient, TrailError } from './client';
import type { CellStateItem, PlanStepItem, StaleReply } from './wire';

/** What a mark shows of a cell. */
export interface Mark {
  readonly state: string;
  /** Whether its code is not what ran; the server cannot know before it is saved. */
  readonly isEdited: boolean;
  readonly reasons: readonly string[];
}

/** A code cell as it stands in the notebook now. */
export interface LiveCell {
  readonly id: string;
  readonly code: string;
}

/** Knows the marks of one notebook. */
export class MarksModel {
  constructor(
    private readonly client: TrailClient,
    private readonly cells: () => readonly LiveCell[]
  ) {}

  notebook: string | null = null;
  problem: TrailError | null = null;
  plan: readonly PlanStepItem[] = [];

  get changed(): ISignal<this, void> {
    return this.hasChanged;
  }

  /** Return the mark of a cell; null where nothing is known of it. */
  mark(cell: LiveCell): Mark | null {
    const known = this.states.get(cell.id);
    if (known === undefined || known.state === 'never run') {
      return null;
    }
    const reasons = known.reasons.map(reason => reason.sentence);
    const isEdited = isOtherCode(cell, known);
    const isSaid = isEdited && !OUTRANKS_EDITED.has(known.state);
    return { state: isSaid ? 'edited' : known.state, isEdited, reasons };
  }

  /** Ask for all states again; questions while one is under way become one more. */
  refresh(): Promise<void> {
    return this.asking.run();
  }

  private async ask(): Promise<void> {
    const { notebook } = this;
    try {
      const ids = this.cells().map(cell => cell.id);
      const reply =
        notebook === null ? NOTHING : await this.client.marks(notebook, ids);
      this.states = new Map(
        reply.cells.flatMap(cell => (cell.cell ? [[cell.cell, cell]] : []))
      );
      this.plan = reply.plan;
      this.problem = null;
    } catch (error) {
      this.problem = TrailError.of(error);
      this.states = new Map();
      this.plan = [];
    }
    this.hasChanged.emit();
  }

  private readonly hasChanged = new Signal<this, void>(this);
  private states = new Map<string, CellStateItem>();
  private readonly asking = new Again(() => this.ask());
}

/** What is known of a notebook that is not the server's. */
const NOTHING: Pick<StaleReply, 'cells' | 'plan'> = { cells: [], plan: [] };

const OUTRANKS_EDITED = new Set(['running', 'failed', 'other session']);

function isOtherCode(cell: LiveCell, known: CellStateItem): boolean {
  return (
    known.code !== null &&
    !known.code.includes('‹redacted:') &&
    known.code.trim() !== cell.code.trim()
  );
}
