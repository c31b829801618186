import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

/** Draw a component again whenever a signal is emitted. */
export function useSignal(signal: ISignal<unknown, unknown>): void {
  const [, count] = React.useReducer((turn: number) => turn + 1, 0);
  // Before the browser draws: what is emitted between would be missed.
  React.useLayoutEffect(() => {
    const draw = () => count();
    signal.connect(draw);
    return () => {
      signal.disconnect(draw);
    };
  }, [signal]);
}
