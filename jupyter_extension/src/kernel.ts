/** What is asked of a kernel: to which notebook it belongs, and whether to record. */

import type { Kernel } from '@jupyterlab/services';

/** What a kernel says of its recording. */
export interface KernelSays {
  readonly version: string;
  readonly recording: boolean | null;
  readonly store?: string;
  readonly executions?: number;
  readonly spooled?: number;
  readonly problem?: string | null;
}

/** The state of recording in the kernel of a notebook. */
export type KernelState =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'language'; readonly language: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'known'; readonly says: KernelSays };

/** Which notebook a kernel is told to belong to. */
export interface Binding {
  readonly notebook: string | null;
  readonly path: string | null;
  readonly recording: boolean;
}

/** Tell a kernel its notebook; it records from then on. */
export function bind(
  kernel: Kernel.IKernelConnection,
  binding: Binding
): Promise<KernelState> {
  return ask(
    kernel,
    `bind(notebook=${python(binding.notebook)}, path=${python(binding.path)},` +
      ` recording=${python(binding.recording)})`
  );
}

/** Start or stop recording in the kernel's project. */
export function switchRecording(
  kernel: Kernel.IKernelConnection,
  recording: boolean
): Promise<KernelState> {
  return ask(kernel, `switch(recording=${python(recording)})`);
}

/** Ask a kernel what it knows of its recording. */
export function askState(
  kernel: Kernel.IKernelConnection
): Promise<KernelState> {
  return ask(kernel, 'state()');
}

async function ask(
  kernel: Kernel.IKernelConnection,
  call: string
): Promise<KernelState> {
  const { language_info: language } = await kernel.info;
  if (language.name !== 'python') {
    return { kind: 'language', language: language.name };
  }
  const reply = await request(kernel, call);
  if (reply.status !== 'ok') {
    return { kind: 'failed', message: reply.status };
  }
  const found = reply.user_expressions?.celltrail as unknown as
    | { status: 'ok'; data: Record<string, unknown> }
    | { status: 'error'; ename: string; evalue: string }
    | undefined;
  if (found?.status === 'ok') {
    const says = found.data['application/json'] as KernelSays;
    return { kind: 'known', says };
  }
  if (found?.ename === 'ModuleNotFoundError') {
    return { kind: 'missing' };
  }
  const said = found ? `${found.ename}: ${found.evalue}` : 'no answer';
  return { kind: 'failed', message: said };
}

/** An error in a cell aborts what is queued behind it: then ask again. */
async function request(kernel: Kernel.IKernelConnection, call: string) {
  for (let trial = 1; ; trial++) {
    const future = kernel.requestExecute(
      {
        code: '',
        silent: true,
        store_history: false,
        allow_stdin: false,
        stop_on_error: false,
        user_expressions: { celltrail: `${MODULE}.${call}` }
      },
      true
    );
    const { content } = await future.done;
    if (String(content.status) !== 'aborted' || trial === TRIALS) {
      return content;
    }
  }
}

const TRIALS = 3;
// One expression that binds no name in the user's namespace.
const MODULE =
  "__import__('celltrail.capture.frontend', fromlist=['frontend'])";

/** JSON's texts are Python's as well. */
function python(value: string | boolean | null): string {
  if (value === null) {
    return 'None';
  }
  return typeof value === 'string'
    ? JSON.stringify(value)
    : value
      ? 'True'
      : 'False';
}
