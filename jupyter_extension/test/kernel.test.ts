import type { Kernel } from '@jupyterlab/services';

import { bind, switchRecording } from '../src/kernel';

/** A kernel that answers with what a test gives, one reply for each request. */
function kernel(language: string, ...replies: object[]) {
  const asked: { code: string; user_expressions?: object; silent?: boolean }[] =
    [];
  const found = {
    info: Promise.resolve({ language_info: { name: language } }),
    requestExecute: (content: (typeof asked)[0]) => {
      asked.push(content);
      return { done: Promise.resolve({ content: replies[asked.length - 1] }) };
    }
  };
  return { kernel: found as unknown as Kernel.IKernelConnection, asked };
}

const BINDING = { notebook: 'ab', path: 'C:\\a "b".ipynb', recording: true };
const SAYS = { version: '0.1.0', recording: true, executions: 3 };
const OK = {
  status: 'ok',
  user_expressions: {
    celltrail: { status: 'ok', data: { 'application/json': SAYS } }
  }
};

test('a kernel is asked silently, by one expression that binds no name', async () => {
  const { kernel: asking, asked } = kernel('python', OK);
  const state = await bind(asking, BINDING);

  expect(state).toEqual({ kind: 'known', says: SAYS });
  expect(asked[0].code).toBe('');
  expect(asked[0].silent).toBe(true);
  expect(asked[0].user_expressions).toEqual({
    celltrail:
      "__import__('celltrail.capture.frontend', fromlist=['frontend'])" +
      '.bind(notebook="ab", path="C:\\\\a \\"b\\".ipynb", recording=True)'
  });
});

test('what an error in a cell aborted is asked again', async () => {
  const { kernel: asking, asked } = kernel('python', { status: 'aborted' }, OK);
  const state = await switchRecording(asking, false);

  expect(state.kind).toBe('known');
  expect(asked).toHaveLength(2);
});

test('a kernel without the package is missing it', async () => {
  const { kernel: asking } = kernel('python', {
    status: 'ok',
    user_expressions: {
      celltrail: { status: 'error', ename: 'ModuleNotFoundError', evalue: '' }
    }
  });

  expect(await bind(asking, BINDING)).toEqual({ kind: 'missing' });
});

test('another error is said in its own words', async () => {
  const { kernel: asking } = kernel('python', {
    status: 'ok',
    user_expressions: {
      celltrail: { status: 'error', ename: 'OSError', evalue: 'no space' }
    }
  });

  expect(await bind(asking, BINDING)).toEqual({
    kind: 'failed',
    message: 'OSError: no space'
  });
});

test('a kernel of another language is asked nothing', async () => {
  const { kernel: asking, asked } = kernel('julia');

  expect(await bind(asking, BINDING)).toEqual({
    kind: 'language',
    language: 'julia'
  });
  expect(asked).toEqual([]);
});
