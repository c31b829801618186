import { flowOf } from '../src/graph/flow';
import { Graph, layoutLineage, MOST } from '../src/graph/layout';
import { MORE } from '../src/graph/nearest';
import type {
  EntityNode,
  ExecutionNode,
  GeneratedEdge,
  LineageReply,
  UsedEdge
} from '../src/wire';
import { golden, trans } from './cases';

const LINEAGE = golden<LineageReply>('lineage');

function execution(place: number): ExecutionNode {
  return {
    id: `e${place}`,
    node: 'execution',
    execution: `${place}`,
    short: `${place}`,
    notebook: null,
    notebook_path: null,
    cell: null,
    count: place,
    status: 'ok',
    started_at: null,
    code: `step(${place})`,
    unseeded: [],
    opaque: []
  };
}

function content(id: string): EntityNode {
  return {
    id,
    node: 'entity',
    name: id,
    names: [id],
    kind: 'frame',
    type: 'DataFrame',
    digest: null,
    scope: 'full',
    shape: null,
    size: null
  };
}

function used(source: string, user: number, maker: number | null): UsedEdge {
  return {
    kind: 'used',
    source,
    target: `e${user}`,
    name: source,
    made_by: maker === null ? null : `${maker}`,
    evidence: 'static'
  };
}

function made(maker: number, target: string): GeneratedEdge {
  return {
    kind: 'generated',
    source: `e${maker}`,
    target,
    name: target,
    change: 'created',
    evidence: 'boundary'
  };
}

/** Each execution uses what the one before it made. */
function chain(length: number): LineageReply {
  const places = [...Array(length).keys()];
  return {
    result: null,
    nodes: [...places.map(execution), ...places.map(n => content(`d${n}`))],
    edges: places.flatMap(n => [
      ...(n ? [used(`d${n - 1}`, n, n - 1)] : []),
      made(n, `d${n}`)
    ])
  };
}

function draw(
  reply: LineageReply,
  most = MOST,
  states: Record<string, string> = {}
): Graph {
  const known = new Map(Object.entries(states));
  return layoutLineage(reply, { most, states: known, trans });
}

/** Whether no edge leads up: then there is no circle either. */
function flowsDown({ nodes, edges }: Graph): boolean {
  const tops = new Map(nodes.map(node => [node.id, node.y]));
  return edges.every(
    ({ source, target }) => tops.get(source)! < tops.get(target)!
  );
}

test('a real lineage has its cells, contents, model, params and metric', () => {
  const graph = draw(LINEAGE);

  const kinds = graph.nodes.map(node => node.item?.kind).sort();
  expect(kinds).toEqual([
    ...['data', 'data', 'data'],
    ...['execution', 'execution', 'execution', 'execution'],
    ...['metrics', 'model', 'params']
  ]);
  const metrics = graph.nodes.find(node => node.item?.kind === 'metrics');
  expect(metrics?.lines).toEqual(['accuracy 0.947']);
  expect(flowsDown(graph)).toBe(true);
});

test('the focus is the execution of the result', () => {
  const [focus] = draw(LINEAGE).nodes.filter(node => node.isFocus);

  expect(focus.lines[0]).toBe('In [8]');
});

test('nodes do not overlap', () => {
  const { nodes } = draw(LINEAGE);

  for (const a of nodes) {
    for (const b of nodes.filter(other => other !== a)) {
      const isBeside = a.x + a.width <= b.x || b.x + b.width <= a.x;
      const isAbove = a.y + a.height <= b.y || b.y + b.height <= a.y;
      expect(isBeside || isAbove).toBe(true);
    }
  }
});

test('the same lineage is always laid out the same', () => {
  expect(draw(chain(40))).toEqual(draw(chain(40)));
});

test('an empty lineage is an empty graph', () => {
  const graph = draw({ result: null, nodes: [], edges: [] });

  expect(graph).toEqual({ nodes: [], edges: [], hidden: 0 });
});

test('an execution that used nothing is a graph of one node', () => {
  const graph = draw({ result: null, nodes: [execution(0)], edges: [] });

  expect(graph.nodes.map(node => node.lines)).toEqual([['In [0]', 'step(0)']]);
});

test('of a long chain the nodes nearest to the focus are kept', () => {
  const graph = draw(chain(200));

  expect(graph.nodes).toHaveLength(MOST + 1);
  expect(graph.hidden).toBe(400 - MOST);
  const names = graph.nodes.flatMap(node => node.lines);
  expect(names).toContain('In [199]');
  expect(names).toContain(`+ ${graph.hidden} more upstream`);
  expect(names).not.toContain('In [0]');
});

test('the node for what is left out leads to what is shown', () => {
  const graph = draw(chain(200));

  const from = graph.edges.filter(edge => edge.source === MORE);
  expect(from).toHaveLength(1);
  expect(flowsDown(graph)).toBe(true);
});

test('a graph that may have all its nodes leaves none out', () => {
  const graph = draw(chain(200), 400);

  expect(graph.nodes).toHaveLength(400);
  expect(graph.hidden).toBe(0);
});

test('a content that comes back closes no circle', () => {
  // 0 makes a, 1 makes b of a, 2 makes a of b again, 3 uses a.
  const reply: LineageReply = {
    result: null,
    nodes: [...[0, 1, 2, 3].map(execution), content('a'), content('b')],
    edges: [
      made(0, 'a'),
      used('a', 1, 0),
      made(1, 'b'),
      used('b', 2, 1),
      made(2, 'a'),
      used('a', 3, 2)
    ]
  };

  const graph = draw(reply);

  expect(flowsDown(graph)).toBe(true);
  const versions = graph.nodes.filter(node => node.lines[0] === 'a');
  expect(versions).toHaveLength(2);
});

test('an execution that is said to use what a later one made closes no circle', () => {
  const reply: LineageReply = {
    result: null,
    nodes: [execution(0), execution(1), content('a')],
    edges: [used('a', 0, 1), made(1, 'a'), used('a', 1, 1)]
  };

  expect(flowsDown(draw(reply))).toBe(true);
});

test('an edge to a node that is not there is left out', () => {
  const reply: LineageReply = {
    result: null,
    nodes: [execution(0)],
    edges: [used('gone', 0, null), made(7, 'gone')]
  };

  expect(flowOf(reply).edges).toEqual([]);
});

test('what is wrong with a cell is said in a word', () => {
  const reply = chain(3);
  (reply.nodes[0] as ExecutionNode).status = 'error';
  (reply.nodes[2] as ExecutionNode).unseeded = ['numpy.random'];

  const graph = draw(reply, MOST, { '0': 'current', '1': 'stale' });

  const words = graph.nodes
    .filter(node => node.item?.kind === 'execution')
    .map(node => node.state);
  expect(words).toEqual(['failed', 'stale', 'unseeded']);
});
