import { LESS_IS_BETTER, ResultItem } from '../../wire';
import { toNumber } from '../../wording';

/** Return the id of the best result of the metric that most results have; null where unclear. */
export function bestOf(items: readonly ResultItem[]): string | null {
  const counts = new Map<string, number>();
  for (const item of items) {
    const [metric] = Object.keys(item.metrics);
    if (metric !== undefined) {
      counts.set(metric, (counts.get(metric) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!most || most[1] < 2) {
    return null;
  }
  const sign = LESS_IS_BETTER.test(most[0]) ? -1 : 1;
  let best: ResultItem | null = null;
  let bestValue = -Infinity;
  for (const item of items) {
    const value = item.metrics[most[0]];
    const number = value === undefined ? NaN : sign * toNumber(value);
    if (Number.isFinite(number) && number > bestValue) {
      best = item;
      bestValue = number;
    }
  }
  return best?.id ?? null;
}
