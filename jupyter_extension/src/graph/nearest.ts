/** The part of a flow that is near what was asked about. Pure. */

import type { Edge, Flow, Vertex } from './flow';

/** A flow of which some is not shown. */
export interface Near extends Flow {
  /** How many nodes further upstream are left out. */
  readonly hidden: number;
}

/** The node that stands for those left out. */
export const MORE = 'more';

/** Return the nodes nearest to the focus, at most `most` of them, and what joins them. */
export function nearest(flow: Flow, most: number): Near {
  if (flow.vertices.length <= most) {
    return { ...flow, hidden: 0 };
  }
  const kept = new Set(byDistance(flow).slice(0, most));
  const edges = new Map<string, Edge>();
  for (const edge of flow.edges) {
    if (!kept.has(edge.target)) {
      continue; // its source is hidden, or has another way down
    }
    const source = kept.has(edge.source) ? edge.source : MORE;
    const id = `${source} > ${edge.target}`;
    edges.set(id, { id, source, target: edge.target });
  }
  return {
    vertices: flow.vertices.filter(vertex => kept.has(vertex.id)),
    edges: [...edges.values()],
    focus: flow.focus,
    hidden: flow.vertices.length - kept.size
  };
}

/** Return identifiers: what the result says, then steps upstream, newest first in each. */
function byDistance({ vertices, edges, focus }: Flow): string[] {
  const sources = new Map<string, string[]>();
  for (const { source, target } of edges) {
    sources.set(target, [...(sources.get(target) ?? []), source]);
  }
  const order = new Set(vertices.filter(isOfResult).map(({ id }) => id));
  let layer = focus === null ? [] : [focus];
  while (layer.length) {
    layer.forEach(id => order.add(id));
    const next = new Set(layer.flatMap(id => sources.get(id) ?? []));
    layer = [...next].filter(id => !order.has(id));
  }
  // What nothing led to from here was made upstream and not used: furthest away.
  [...vertices].reverse().forEach(({ id }) => order.add(id));
  return [...order];
}

function isOfResult({ item }: Vertex): boolean {
  return item.kind === 'params' || item.kind === 'metrics';
}
