/** How values of the trail are said in few characters. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Number, ResultItem } from './wire';

/** Return a number as a reader compares it: four significant digits. */
export function numberText(value: Number): string {
  const number = toNumber(value);
  if (!Number.isFinite(number)) {
    return Number.isNaN(number) ? 'nan' : number > 0 ? 'inf' : '-inf';
  }
  if (Number.isInteger(number) && Math.abs(number) < 1e15) {
    return String(number);
  }
  const size = Math.abs(number);
  return size >= 1e-4 && size < 1e6
    ? String(parseFloat(number.toPrecision(4)))
    : number.toExponential(3);
}

/** Return a number of the wire as a number. */
export function toNumber(value: Number): number {
  if (typeof value === 'number') {
    return value;
  }
  const names = { nan: NaN, inf: Infinity, '-inf': -Infinity };
  return names[value.$float];
}

/** Return a param's value in one line. */
export function valueText(value: unknown): string {
  if (typeof value === 'number') {
    return numberText(value);
  }
  if (typeof value === 'object' && value !== null && '$float' in value) {
    return numberText(value as Number);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Return what a row says first: the estimator, else the run, else the metric. */
export function titleOf(item: ResultItem): string {
  return item.run ?? item.title;
}

/** Return the number that a row ends with: its first metric. */
export function headline(item: ResultItem): [string, string] | null {
  const first = Object.entries(item.metrics)[0];
  return first ? [first[0], numberText(first[1])] : null;
}

/** Return the word for the state of a cell. */
export function stateName(state: string, trans: TranslationBundle): string {
  switch (state) {
    case 'running':
      return trans.__('running');
    case 'never run':
      return trans.__('never run');
    case 'other session':
      return trans.__('other session');
    case 'failed':
      return trans.__('failed');
    case 'edited':
      return trans.__('edited');
    case 'stale':
      return trans.__('stale');
    case 'orphan':
      return trans.__('orphan');
    case 'unseeded':
      return trans.__('unseeded');
    case 'overtaken':
      return trans.__('overtaken');
    case 'current':
      return trans.__('current');
    default:
      return state; // of a newer server
  }
}

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, 'second'],
  [60, 'minute'],
  [24, 'hour'],
  [30, 'day'],
  [12, 'month'],
  [Infinity, 'year']
];

/** Return a time as `2 min. ago`. */
export function agoText(
  iso: string | null,
  now: number,
  trans: TranslationBundle
): string {
  if (iso === null) {
    return '';
  }
  let size = (Date.parse(iso) - now) / 1000;
  if (Math.abs(size) < 10) {
    return trans.__('now');
  }
  const say = new Intl.RelativeTimeFormat(undefined, {
    numeric: 'auto',
    style: 'short'
  });
  for (const [many, unit] of STEPS) {
    if (Math.abs(size) < many) {
      return say.format(Math.round(size), unit);
    }
    size /= many;
  }
  return '';
}
