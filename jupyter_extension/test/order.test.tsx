import { act, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import { TrailModel } from '../src/model';
import { bestFirst, metricOf, Order } from '../src/sidebar/results/order';
import type { ResultsReply } from '../src/wire';
import { FakeServer, golden, trans } from './cases';

test('the best is first: least of an error, most of anything else', () => {
  expect(bestFirst('accuracy')).toBe('-metrics."accuracy"');
  expect(bestFirst('val_loss')).toBe('metrics."val_loss"');
});

test('any name comes back from its key', () => {
  for (const name of ['auc', 'a "b"', 'r2-score', 'rmse']) {
    expect(metricOf(bestFirst(name))).toBe(name);
  }
});

test('a metric of those listed is chosen, and asked for', async () => {
  const server = new FakeServer();
  const model = new TrailModel(server.client, () => null);
  void model.results.reload();
  await act(() => server.last.answer(golden<ResultsReply>('results')));
  render(<Order model={model} trans={trans} />);
  const order = screen.getByRole('combobox', { name: 'Order' });
  const [, metric] = Array.from(order.querySelectorAll('option'));
  fireEvent.change(order, { target: { value: metric.value } });

  expect(server.last.query.get('sort')).toBe(metric.value);
  expect(metric.textContent).toContain(metricOf(metric.value));
});
