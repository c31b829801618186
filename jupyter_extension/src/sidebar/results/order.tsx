import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { TrailModel } from '../../model';
import type { Scope } from '../../results';
import { LESS_IS_BETTER } from '../../wire';

interface OrderProps {
  readonly model: TrailModel;
  readonly trans: TranslationBundle;
}

/** Which results are listed, and in which order. */
export function Order({ model, trans }: OrderProps): React.JSX.Element {
  const { results } = model;
  const metrics = new Set(
    results.items.flatMap(item => Object.keys(item.metrics))
  );
  const orders = [...metrics]
    .sort()
    .map(name => ({ name, sort: bestFirst(name) }));
  if (results.sort && !orders.some(({ sort }) => sort === results.sort)) {
    // What is chosen stays to be seen, whatever is listed.
    orders.push({ name: metricOf(results.sort), sort: results.sort });
  }
  return (
    <div className="jp-Celltrail-order">
      <select
        className="jp-Celltrail-select"
        aria-label={trans.__('Order')}
        value={results.sort ?? ''}
        onChange={event => results.setSort(event.target.value || null)}
      >
        <option value="">{trans.__('Newest first')}</option>
        {orders.map(({ name, sort }) => (
          <option key={name} value={sort}>
            {trans.__('Best %1 first', name)}
          </option>
        ))}
      </select>
      <select
        className="jp-Celltrail-select"
        aria-label={trans.__('Results of')}
        value={results.scope}
        disabled={model.notebook === null}
        onChange={event => results.setScope(event.target.value as Scope)}
      >
        <option value="project">{trans.__('All notebooks')}</option>
        <option value="notebook">{trans.__('This notebook')}</option>
      </select>
    </div>
  );
}

/** Return the sort key that brings the best of a metric to the top. */
export function bestFirst(metric: string): string {
  const key = `metrics."${metric.replace(/"/g, '""')}"`;
  return LESS_IS_BETTER.test(metric) ? key : `-${key}`;
}

/** Return the name of the metric in such a key. */
export function metricOf(sort: string): string {
  return sort.replace(/^-?metrics\."|"$/g, '').replace(/""/g, '"');
}
