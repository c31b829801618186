/** A lineage in words: what ran, in order, with what went in and came out. Pure. */

import type { ExecutionNode, LineageReply } from '../wire';
import { executionsOf } from './flow';

/** One execution, with the names of what it used and made. */
export interface Step {
  readonly execution: ExecutionNode;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Return the executions of a lineage in the order in which they ran. */
export function stepsOf(reply: LineageReply): Step[] {
  const inputs = new Map<string, Set<string>>();
  const outputs = new Map<string, Set<string>>();
  for (const edge of reply.edges) {
    if (edge.kind === 'used') {
      add(inputs, edge.target, edge.name);
    } else if (edge.kind === 'generated') {
      add(outputs, edge.source, edge.name);
    }
  }
  return executionsOf(reply).map(execution => ({
    execution,
    inputs: [...(inputs.get(execution.id) ?? [])],
    outputs: [...(outputs.get(execution.id) ?? [])]
  }));
}

function add(names: Map<string, Set<string>>, of: string, name: string): void {
  const known = names.get(of) ?? new Set();
  names.set(of, known.add(name.replace(/^file:/, '')));
}
