/** Gives the nodes of a lineage their places. Pure, and the same for the same reply. */

import { graphlib, layout } from '@dagrejs/dagre';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { LineageReply } from '../wire';
import { Edge, flowOf, Item } from './flow';
import { MORE, nearest } from './nearest';
import { linesOf, stateWord } from './words';

/** A node with its place; x and y are those of its top left corner, in pixels. */
export interface Placed {
  readonly id: string;
  /** Null of the node that stands for those left out. */
  readonly item: Item | null;
  readonly lines: readonly string[];
  /** What is wrong with an execution, in a word. */
  readonly state: string | null;
  readonly isFocus: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A graph as it is drawn. */
export interface Graph {
  readonly nodes: readonly Placed[];
  readonly edges: readonly Edge[];
  readonly hidden: number;
}

/** What a layout depends on besides the lineage. */
export interface LayoutOptions {
  /** The most nodes to show. */
  readonly most: number;
  /** States of cells by execution, as cell marks show them. */
  readonly states: ReadonlyMap<string, string>;
  readonly trans: TranslationBundle;
}

/** Above so many nodes those that are far away are one node. */
export const MOST = 150;

type Unplaced = Omit<Placed, 'x' | 'y'>;

// Pixels: the letters of the theme's small font, and what stands around them.
const LETTER = 7.2;
const LINE = 15;
const PADDING = 28;
const MARGIN = 11;
const WIDEST = 220;
const NARROWEST = 56;

/** Return a lineage as a graph that flows from top to bottom. */
export function layoutLineage(
  reply: LineageReply,
  { most, states, trans }: LayoutOptions
): Graph {
  const { vertices, edges, focus, hidden } = nearest(flowOf(reply), most);
  const nodes = vertices.map(({ id, item }): Unplaced => {
    const state =
      item.kind === 'execution'
        ? stateWord(item.execution, states.get(item.execution.execution), trans)
        : null;
    const lines = linesOf(item, trans).filter(Boolean);
    const shown = state ? [...lines, state] : lines;
    return { id, item, lines, state, isFocus: id === focus, ...sizeOf(shown) };
  });
  if (hidden) {
    const lines = [trans.__('+ %1 more upstream', hidden)];
    const box = sizeOf(lines);
    const more = { id: MORE, item: null, lines, state: null, isFocus: false };
    nodes.unshift({ ...more, ...box });
  }
  return { nodes: place(nodes, edges), edges, hidden };
}

function sizeOf(lines: readonly string[]): { width: number; height: number } {
  const letters = Math.max(...lines.map(line => line.length));
  const width = Math.round(letters * LETTER) + PADDING;
  return {
    width: Math.min(WIDEST, Math.max(NARROWEST, width)),
    height: lines.length * LINE + MARGIN
  };
}

function place(nodes: readonly Unplaced[], edges: readonly Edge[]): Placed[] {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 14, ranksep: 26 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of nodes) {
    graph.setNode(id, { width, height });
  }
  for (const { source, target } of edges) {
    graph.setEdge(source, target);
  }
  layout(graph);
  const placed = nodes.map(node => {
    const { x, y } = graph.node(node.id);
    return { ...node, x: x - node.width / 2, y: y - node.height / 2 };
  });
  return placed.sort((a, b) => a.y - b.y || a.x - b.x); // the order of the Tab key
}
