/** What the nodes of a graph say. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { EntityNode, ExecutionNode } from '../wire';
import { numberText, stateName, valueText } from '../wording';
import type { Item } from './flow';

const LINES = 4; // params or metrics that one node names
const WIDTH = 26; // characters of a line

/** Return the lines of a node. */
export function linesOf(item: Item, trans: TranslationBundle): string[] {
  switch (item.kind) {
    case 'execution':
      return [nameOf(item.execution), cut(firstLine(item.execution), WIDTH)];
    case 'data':
    case 'model':
      return [cut(entityName(item.entity), WIDTH), entityDetail(item.entity)];
    case 'params':
      return some(Object.entries(item.result.params), valueText, trans);
    case 'metrics':
      return some(Object.entries(item.result.metrics), numberText, trans);
  }
}

/** Return how an execution is called: `In [5]`. */
export function nameOf(execution: ExecutionNode): string {
  return `In [${execution.count ?? ' '}]`;
}

/** Return the first line of an execution's code. */
export function firstLine(execution: ExecutionNode): string {
  const lines = (execution.code ?? '').split('\n').map(line => line.trim());
  const isCode = (line: string): boolean => !!line && !/^(#|%%)/.test(line);
  return lines.find(isCode) ?? '';
}

/** Return the name of a content; the kind says what a file is. */
function entityName(entity: EntityNode): string {
  return (entity.name ?? entity.type).replace(/^file:/, '');
}

/** Return the kind and shape of a content. */
function entityDetail(entity: EntityNode): string {
  const shape = entity.shape?.join('×') ?? '';
  return [entity.kind, shape].filter(Boolean).join(' ');
}

/** Return the word for what is wrong with an execution; null where nothing is. */
export function stateWord(
  execution: ExecutionNode,
  state: string | undefined,
  trans: TranslationBundle
): string | null {
  if (execution.status !== 'ok') {
    return execution.status === 'error'
      ? stateName('failed', trans)
      : execution.status;
  }
  if (state && state !== 'current' && state !== 'never run') {
    return stateName(state, trans);
  }
  return execution.unseeded.length ? stateName('unseeded', trans) : null;
}

function some<T>(
  entries: [string, T][],
  say: (value: T) => string,
  trans: TranslationBundle
): string[] {
  const shown = entries.length > LINES ? LINES - 1 : LINES;
  const lines = entries
    .slice(0, shown)
    .map(([name, value]) => cut(`${name} ${say(value)}`, WIDTH));
  const hidden = entries.length - lines.length;
  return hidden ? [...lines, trans.__('+ %1 more', hidden)] : lines;
}

function cut(text: string, size: number): string {
  return text.length > size ? `${text.slice(0, size - 1)}…` : text;
}
