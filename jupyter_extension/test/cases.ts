/** What tests share: replies that the server gave, and a server that a test answers for. */

import type { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { readFileSync } from 'fs';
import { join } from 'path';

import { TrailClient } from '../src/client';

export const trans = nullTranslator.load('celltrail');

export const HOSTILE = '<img src=x onerror=alert(1)>';

/** Return a reply of the real server; `make wire` writes them. */
export function golden<T>(name: string): T {
  const file = join(__dirname, 'golden', `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf-8'));
}

/** One request that waits for its answer. */
export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly method: string;
  readonly body: unknown;
  answer(reply: unknown, status?: number): Promise<void>;
}

/** A server at the edge: a test sees each request, and answers it when it likes. */
export class FakeServer {
  readonly asked: Asked[] = [];

  readonly client = new TrailClient(
    { baseUrl: 'http://localhost/' } as ServerConnection.ISettings,
    (address, init) =>
      new Promise(resolve => {
        const url = new URL(address);
        this.asked.push({
          path: url.pathname.replace('/celltrail/', ''),
          query: url.searchParams,
          method: init.method ?? 'GET',
          body: init.body ? JSON.parse(String(init.body)) : null,
          answer: async (reply, status = 200) => {
            resolve(responseOf(reply, status));
            await settled();
          }
        });
      })
  );

  /** The newest request. */
  get last(): Asked {
    return this.asked[this.asked.length - 1];
  }
}

/** Let promises that are ready be followed. */
export async function settled(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve));
}

function responseOf(reply: unknown, status: number): Response {
  return {
    ok: status < 300,
    status,
    statusText: '',
    headers: new Map(),
    json: async () => reply
  } as unknown as Response;
}
