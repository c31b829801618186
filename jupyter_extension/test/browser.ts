/** What browsers have and jsdom has not. */

import { deserialize, serialize } from 'v8';

const none = (): void => undefined;

/** Nothing changes its size. */
class SizeObserver {
  observe = none;
  unobserve = none;
  disconnect = none;
}

/** Everything is on the screen. */
class SightObserver extends SizeObserver {
  constructor(say: (entries: object[]) => void) {
    super();
    this.observe = () => say([{ isIntersecting: true }]);
  }
}

Object.assign(globalThis, {
  matchMedia: () => ({
    matches: false,
    addListener: none,
    removeListener: none,
    addEventListener: none,
    removeEventListener: none
  }),
  IntersectionObserver: SightObserver,
  ResizeObserver: SizeObserver,
  structuredClone: (value: unknown) => deserialize(serialize(value)),
  requestIdleCallback: (call: () => void) => setTimeout(call),
  DragEvent: class extends Event {}
});

Object.assign(navigator, { clipboard: {} });
