import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { NotebookBinding } from '../src/binding';
import { FakeServer, settled } from './cases';

const SAYS = { version: '0.1.0', recording: true, executions: 3 };
const OK = {
  status: 'ok',
  user_expressions: {
    celltrail: { status: 'ok', data: { 'application/json': SAYS } }
  }
};

/** A notebook panel whose kernel answers at once. */
class Panel {
  readonly asked: string[] = [];
  readonly id = 'panel';
  readonly disposed = new Signal<this, void>(this);
  readonly metadata: Record<string, unknown> = {};
  readonly model = {
    getMetadata: (key: string) => this.metadata[key],
    setMetadata: (key: string, value: unknown) => {
      this.metadata[key] = value;
    }
  };
  readonly kernel = {
    id: 'kernel',
    info: Promise.resolve({ language_info: { name: 'python' } }),
    requestExecute: (content: { user_expressions: { celltrail: string } }) => {
      this.asked.push(content.user_expressions.celltrail);
      return { done: Promise.resolve({ content: OK }) };
    }
  };
  readonly sessionContext = {
    session: { kernel: this.kernel },
    kernelChanged: new Signal<object, void>(this),
    statusChanged: new Signal<object, string>(this)
  };
  readonly context = {
    path: 'work.ipynb',
    ready: Promise.resolve(),
    contentsModel: { writable: true },
    pathChanged: new Signal<object, void>(this)
  };

  readonly server = new FakeServer();

  bind(): NotebookBinding {
    return new NotebookBinding(
      this as unknown as NotebookPanel,
      this.server.client,
      path => path,
      () => true
    );
  }

  async bound(): Promise<NotebookBinding> {
    const binding = this.bind();
    await settled();
    await this.server.last.answer({ file: '/work.ipynb', is_copy: false });
    return binding;
  }
}

test('a kernel is told its notebook, and a notebook that is looked at stays as it is', async () => {
  const panel = new Panel();
  const binding = await panel.bound();

  expect(panel.asked).toHaveLength(1);
  expect(panel.asked[0]).toContain('path="/work.ipynb"');
  expect(binding.state).toEqual({ kind: 'known', says: SAYS });
  expect(panel.metadata).toEqual({});
});

test('the first cell that runs gives the notebook its identifier, once', async () => {
  const panel = new Panel();
  const binding = await panel.bound();

  binding.beforeExecution();
  const first = panel.metadata.celltrail;
  binding.beforeExecution();
  await settled();

  expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(panel.metadata.celltrail).toBe(first);
  expect(panel.asked).toHaveLength(2);
});

test('a copy gets an identifier of its own and keeps where it came from', async () => {
  const panel = new Panel();
  panel.metadata.celltrail = { id: 'original' };
  const binding = panel.bind();
  await settled();
  await panel.server.last.answer({ file: '/copy.ipynb', is_copy: true });

  binding.beforeExecution();

  expect(panel.metadata.celltrail).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    copied_from: 'original'
  });
});

test('a kernel that restarted is told again', async () => {
  const panel = new Panel();
  await panel.bound();

  panel.sessionContext.statusChanged.emit('restarting');
  panel.sessionContext.statusChanged.emit('idle');
  await settled();

  expect(panel.asked).toHaveLength(2);
});

test('a kernel that died records no more', async () => {
  const panel = new Panel();
  const binding = await panel.bound();

  panel.sessionContext.statusChanged.emit('dead');

  expect(binding.state).toEqual({ kind: 'none' });
});

test('a notebook that is renamed says so at once', async () => {
  const panel = new Panel();
  const binding = await panel.bound();
  const paths: (string | null)[] = [];
  binding.changed.connect(({ path }) => paths.push(path));

  panel.context.path = 'other.ipynb';
  panel.context.pathChanged.emit();

  expect(paths).toEqual(['other.ipynb']);
});

test('a panel that was closed listens to nothing any more', async () => {
  const panel = new Panel();
  await panel.bound();
  const asked = panel.server.asked.length;

  panel.disposed.emit();
  panel.context.pathChanged.emit();
  panel.sessionContext.kernelChanged.emit();
  await settled();

  expect(panel.server.asked).toHaveLength(asked);
});
