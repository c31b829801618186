/** The server's routes: the only file with addresses. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type {
  BindingReply,
  ChangesReply,
  ErrorReply,
  LabelsBody,
  LineageReply,
  StaleReply,
  ReadingReply,
  Reason,
  ResultReply,
  ResultsReply,
  StatusReply
} from './wire';

const NAMESPACE = 'celltrail';

/** What a request asks; what is null or undefined is left out. */
export type Query = Record<
  string,
  string | number | boolean | null | undefined | readonly string[]
>;

/** Why a request was not answered; `no_server` when no server half is there. */
export class TrailError extends Error {
  constructor(
    message: string,
    readonly reason: Reason | 'no_server' | 'offline',
    readonly hint: string | null = null
  ) {
    super(message);
    this.name = 'TrailError';
  }

  /** Return any error as one of these. */
  static of(error: unknown): TrailError {
    return error instanceof TrailError
      ? error
      : new TrailError(String(error), 'failed');
  }
}

/** Asks the server half of celltrail. */
export class TrailClient {
  constructor(
    private readonly settings = ServerConnection.makeSettings(),
    private readonly makeRequest: typeof ServerConnection.makeRequest = ServerConnection.makeRequest
  ) {}

  status(notebook: string | null): Promise<StatusReply> {
    return this.get('status', { notebook });
  }

  changes(notebook: string | null, since: number): Promise<ChangesReply> {
    return this.get('changes', { notebook, since });
  }

  results(notebook: string | null, query: Query): Promise<ResultsReply> {
    return this.get('results', { notebook, ...query });
  }

  result(notebook: string | null, id: string): Promise<ResultReply> {
    return this.get(`results/${encodeURIComponent(id)}`, { notebook });
  }

  lineage(notebook: string | null, of: string): Promise<LineageReply> {
    return this.get('lineage', { notebook, of });
  }

  /** States of the cells as they stand in a page; as saved, where they are null or too many. */
  marks(
    notebook: string,
    cells: readonly string[] | null
  ): Promise<StaleReply> {
    const ids = cells?.join(',') ?? '';
    const isShort = encodeURIComponent(ids).length <= LONGEST;
    return this.get('stale', {
      notebook,
      cells: cells && isShort ? ids : null
    });
  }

  binding(notebook: string, id: string | null): Promise<BindingReply> {
    return this.get('binding', { notebook, id });
  }

  reading(
    notebook: string | null,
    capability: string,
    query: Query
  ): Promise<ReadingReply> {
    const name = encodeURIComponent(capability);
    return this.get(`readings/${name}`, { notebook, ...query });
  }

  label(
    notebook: string | null,
    id: string,
    labels: LabelsBody
  ): Promise<ResultReply> {
    const route = `results/${encodeURIComponent(id)}`;
    return this.request(
      this.address(route, { notebook }),
      { method: 'PATCH', body: JSON.stringify(labels) },
      null
    );
  }

  private get<T>(route: string, query: Query): Promise<T> {
    const address = this.address(route, query);
    return this.request(address, {}, this.kept.get(address) ?? null);
  }

  private address(route: string, query: Query): string {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value === null || value === undefined) {
        continue;
      }
      for (const one of Array.isArray(value) ? value : [value]) {
        asked.append(name, String(one));
      }
    }
    const text = asked.toString();
    const base = URLExt.join(this.settings.baseUrl, NAMESPACE, route);
    return text ? `${base}?${text}` : base;
  }

  private async request<T>(
    address: string,
    init: RequestInit,
    known: Kept | null
  ): Promise<T> {
    const headers = known ? { 'If-None-Match': known.etag } : undefined;
    let response: Response;
    try {
      response = await this.makeRequest(
        address,
        { ...init, headers },
        this.settings
      );
    } catch (error) {
      throw new TrailError(String(error), 'offline');
    }
    if (known && response.status === 304) {
      return known.reply as T;
    }
    const reply = await readJson(response);
    if (!response.ok || reply === undefined) {
      throw errorOf(response, reply);
    }
    const etag = response.headers.get('ETag');
    if (etag && !init.method) {
      this.keep(address, { etag, reply });
    }
    return reply as T;
  }

  private keep(address: string, kept: Kept): void {
    this.kept.delete(address); // the newest stand last
    this.kept.set(address, kept);
    if (this.kept.size > REPLIES_KEPT) {
      this.kept.delete(this.kept.keys().next().value as string);
    }
  }

  private readonly kept = new Map<string, Kept>();
}

interface Kept {
  etag: string;
  reply: unknown;
}

const REPLIES_KEPT = 50;
// Tornado reads 65536 characters of a request's head; cookies and names need some.
const LONGEST = 48_000;

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined; // a page of another server, or of a proxy
  }
}

function errorOf(response: Response, reply: unknown): TrailError {
  const said = reply as Partial<ErrorReply> | undefined;
  if (said?.reason && said.message) {
    return new TrailError(said.message, said.reason, said.hint ?? null);
  }
  if (response.status === 404) {
    return new TrailError('The server has no celltrail.', 'no_server');
  }
  return new TrailError(
    `The server answered ${response.status} ${response.statusText}.`,
    'failed'
  );
}
