/** What browsers have and jsdom has not. */

import { deserialize, serialize } from 'v8';

/** Everything is on the screen; nothing changes its size. */
class Seen {
  constructor(private readonly say: (entries: object[]) => void) {}
  observe(): void {
    this.say([{ isIntersecting: true }]);
  }
  unobserve(): void {}
  disconnect(): void {}
}

const none = (): void => undefined;

Object.assign(globalThis, {
  matchMedia: () => ({
    matches: false,
    addListener: none,
    removeListener: none,
    addEventListener: none,
    removeEventListener: none
  }),
  IntersectionObserver: Seen,
  ResizeObserver: Seen,
  structuredClone: (value: unknown) => deserialize(serialize(value)),
  DragEvent: class extends Event {}
});
