import { agoText, numberText, valueText } from '../src/wording';
import { trans } from './cases';

test.each([
  [0.123456, '0.1235'],
  [12, '12'],
  [1234567.8, '1.235e+6'],
  [0.00001234, '1.234e-5'],
  [{ $float: 'nan' } as const, 'nan'],
  [{ $float: '-inf' } as const, '-inf']
])('a number is said with four digits: %p', (value, text) => {
  expect(numberText(value)).toBe(text);
});

test.each([
  ['text', 'text'],
  [null, 'null'],
  [[1, 2], '[1,2]'],
  [0.30000000001, '0.3']
])('a value is said in one line: %p', (value, text) => {
  expect(valueText(value)).toBe(text);
});

test('a time is said from now', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');

  expect(agoText('2026-11-21T11:59:58Z', now, trans)).toBe('now');
  expect(agoText('2026-11-21T11:54:00Z', now, trans)).toMatch(/6 min/);
  expect(agoText('2026-11-18T12:00:00Z', now, trans)).toMatch(/3 day/);
  expect(agoText(null, now, trans)).toBe('');
});
