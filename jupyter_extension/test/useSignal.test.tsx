import { Signal } from '@lumino/signaling';
import { screen } from '@testing-library/react';
import * as React from 'react';
import { createRoot } from 'react-dom/client';

import { useSignal } from '../src/sidebar/useSignal';

/** An answer may come after a page was drawn and before React ran what it does then. */
test('what is emitted right after a component was drawn is not missed', async () => {
  const signal = new Signal<object, void>({});
  let text = 'Reading…';
  const Shown = () => {
    useSignal(signal);
    React.useLayoutEffect(() => {
      queueMicrotask(() => {
        text = 'Answer';
        signal.emit();
      });
    }, []);
    return <p>{text}</p>;
  };
  // With `act` React would leave no time between.
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false });
  const host = document.body.appendChild(document.createElement('div'));
  const root = createRoot(host);

  root.render(<Shown />);
  await screen.findByText('Answer');

  root.unmount();
});
