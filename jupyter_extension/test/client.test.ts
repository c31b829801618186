import type { ServerConnection } from '@jupyterlab/services';

import { TrailClient } from '../src/client';
import { FakeServer } from './cases';

test('so many cells that no address can name them are asked about as saved', async () => {
  const ids = [...Array(2000).keys()].map(
    place => `cell-${place}-${'0'.repeat(25)}`
  );
  const server = new FakeServer();
  void server.client.marks('work.ipynb', ids);

  expect(server.last.query.has('cells')).toBe(false);
});

test('addresses begin with where the server is', async () => {
  const asked: string[] = [];
  const client = new TrailClient(
    { baseUrl: 'https://hub/user/a b/' } as ServerConnection.ISettings,
    async address => {
      asked.push(address);
      return { ok: true, headers: new Map(), json: async () => ({}) } as never;
    }
  );

  await client.result('a&b/work.ipynb', '7.1/x');

  expect(asked).toEqual([
    'https://hub/user/a b/celltrail/results/7.1%2Fx?notebook=a%26b%2Fwork.ipynb'
  ]);
});

test('an answer that is the same is not sent again', async () => {
  const headers: unknown[] = [];
  const client = new TrailClient(
    { baseUrl: 'http://localhost/' } as ServerConnection.ISettings,
    async (_, init) => {
      headers.push(init.headers);
      const status = headers.length > 1 ? 304 : 200;
      return {
        ok: status === 200,
        status,
        headers: new Map([['ETag', '"1"']]),
        json: async () => ({ sequence: 1 })
      } as never;
    }
  );

  const first = await client.changes(null, 0);
  const second = await client.changes(null, 0);

  expect(headers).toEqual([undefined, { 'If-None-Match': '"1"' }]);
  expect(second).toBe(first);
});
