/** The list of results: pages, filter, order and what is selected. No DOM. */

import { ISignal, Signal } from '@lumino/signaling';

import { TrailClient, TrailError } from './client';
import type { ResultItem, ResultsReply } from './wire';

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
      this.begin();
    }
  }

  setFilter(filter: string): void {
    if (filter !== this.filter) {
      this.filter = filter;
      this.begin();
    }
  }

  setSort(sort: string | null): void {
    if (sort !== this.sort) {
      this.sort = sort;
      this.begin();
    }
  }

  setScope(scope: Scope): void {
    if (scope !== this.scope) {
      this.scope = scope;
      this.begin();
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

  /** Say whether somebody looks at the list. */
  setVisible(isVisible: boolean): void {
    this.isVisible = isVisible;
    if (isVisible && this.isOld) {
      void this.reload();
    }
  }

  /** Something was written: ask again, at once where somebody looks. */
  async renew(): Promise<void> {
    this.isOld = true;
    if (this.isVisible || !this.isLoaded) {
      await this.reload();
    }
  }

  /** Ask for as many rows as are shown again; what is shown stays meanwhile. */
  async reload(): Promise<void> {
    this.isOld = false;
    await this.load(null, Math.max(PAGE, Math.min(this.items.length, MOST)));
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    if (this.cursor !== null && !this.isLoading) {
      await this.load(this.cursor, PAGE);
    }
  }

  /** Ask another question: rows stay meanwhile, but nothing follows on them. */
  private begin(): void {
    this.isOther = true;
    this.cursor = null;
    void this.reload();
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
      this.take(reply, cursor !== null);
      this.problem = null;
    } catch (error) {
      if (turn !== this.turn) {
        return;
      }
      this.problem = TrailError.of(error);
    }
    this.isLoaded = true;
    this.isLoading = false;
    this.hasMore = this.cursor !== null;
    const there = new Set(this.items.map(item => item.id));
    this.chosen = this.chosen.filter(id => there.has(id));
    this.hasChanged.emit();
  }

  private take({ results, cursor }: ResultsReply, isNextPage: boolean): void {
    if (isNextPage) {
      this.items = [...this.items, ...results];
      this.cursor = cursor;
      return;
    }
    const rest = this.isOther || cursor === null ? [] : this.rowsBelow(results);
    this.items = [...results, ...rest];
    this.cursor = rest.length ? this.cursor : cursor;
    this.isOther = false;
  }

  /** What is shown below a first page: it stays, for no page is as long as a list may be. */
  private rowsBelow(page: readonly ResultItem[]): readonly ResultItem[] {
    const last = page[page.length - 1];
    const at = this.items.findIndex(item => item.id === last?.id);
    const ids = new Set(page.map(item => item.id));
    return at < 0
      ? []
      : this.items.slice(at + 1).filter(item => !ids.has(item.id));
  }

  private readonly hasChanged = new Signal<this, void>(this);
  private isVisible = false;
  /** Whether something was written that was not asked for yet. */
  private isOld = false;
  /** Whether what is shown answers another question than the one that is asked. */
  private isOther = false;
  private notebook: string | null = null;
  private cursor: string | null = null;
  private chosen: readonly string[] = [];
  private turn = 0;
}

/** How many rows are asked for again at once; the server gives no more. */
const MOST = 500;
