/** The list of results: pages, filter, order and what is selected. No DOM. */

import { ISignal, Signal } from '@lumino/signaling';

import { TrailClient, TrailError } from './client';
import type { ResultItem } from './wire';

const PAGE = 100;

/** Which results are listed. */
export type Scope = 'notebook' | 'project';

/** Results as they are shown: those that are loaded, newest or best first. */
export class ResultsModel {
  constructor(private readonly client: TrailClient) {}

  items: readonly ResultItem[] = [];
  filter = '';
  sort: string | null = null;
  scope: Scope = 'project';
  isLoading = false;
  /** Whether anything was ever answered for this notebook and filter. */
  isLoaded = false;
  hasMore = false;
  problem: TrailError | null = null;

  get changed(): ISignal<this, void> {
    return this.hasChanged;
  }

  get selected(): readonly string[] {
    return this.chosen;
  }

  /** The project that is shown: the one of this notebook. */
  setNotebook(notebook: string | null): void {
    if (notebook !== this.notebook) {
      this.notebook = notebook;
      void this.reload();
    }
  }

  setFilter(filter: string): void {
    if (filter !== this.filter) {
      this.filter = filter;
      void this.reload();
    }
  }

  setSort(sort: string | null): void {
    if (sort !== this.sort) {
      this.sort = sort;
      void this.reload();
    }
  }

  setScope(scope: Scope): void {
    if (scope !== this.scope) {
      this.scope = scope;
      void this.reload();
    }
  }

  /** Add a result to the selection, or take it out. */
  toggle(id: string): void {
    this.select(
      this.chosen.includes(id)
        ? this.chosen.filter(other => other !== id)
        : [...this.chosen, id]
    );
  }

  select(ids: readonly string[]): void {
    this.chosen = ids;
    this.hasChanged.emit();
  }

  find(id: string): ResultItem | null {
    return this.items.find(item => item.id === id) ?? null;
  }

  /** Put a changed result in the place of the one before. */
  replace(item: ResultItem): void {
    this.items = this.items.map(old => (old.id === item.id ? item : old));
    this.hasChanged.emit();
  }

  /** Ask for as many rows as are shown again; what is shown stays meanwhile. */
  async reload(): Promise<void> {
    await this.load(null, Math.max(PAGE, Math.min(this.items.length, MOST)));
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    if (this.cursor !== null && !this.isLoading) {
      await this.load(this.cursor, PAGE);
    }
  }

  private async load(cursor: string | null, limit: number): Promise<void> {
    const turn = ++this.turn;
    this.isLoading = true;
    this.hasChanged.emit();
    try {
      const reply = await this.client.results(this.notebook, {
        cursor,
        limit,
        filter: this.filter || null,
        sort: this.sort,
        scope: this.notebook === null ? 'project' : this.scope
      });
      if (turn !== this.turn) {
        return; // another question was asked meanwhile
      }
      this.items = cursor ? [...this.items, ...reply.results] : reply.results;
      this.cursor = reply.cursor;
      this.problem = null;
    } catch (error) {
      if (turn !== this.turn) {
        return;
      }
      this.problem = TrailError.of(error);
      if (this.problem.reason === 'no_store') {
        this.items = [];
        this.cursor = null;
        this.problem = null;
      }
    }
    this.isLoaded = true;
    this.isLoading = false;
    this.hasMore = this.cursor !== null;
    const there = new Set(this.items.map(item => item.id));
    this.chosen = this.chosen.filter(id => there.has(id));
    this.hasChanged.emit();
  }

  private readonly hasChanged = new Signal<this, void>(this);
  private notebook: string | null = null;
  private cursor: string | null = null;
  private chosen: readonly string[] = [];
  private turn = 0;
}

/** How many rows are asked for again at once; the server gives no more. */
const MOST = 500;
