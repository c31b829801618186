/** Lineage as a graph without cycles. Pure. */

import type {
  EntityNode,
  ExecutionNode,
  LineageReply,
  ResultItem
} from '../wire';

/** What a node stands for. */
export type Item =
  | { readonly kind: 'execution'; readonly execution: ExecutionNode }
  | { readonly kind: 'data' | 'model'; readonly entity: EntityNode }
  | { readonly kind: 'params' | 'metrics'; readonly result: ResultItem };

/** A node that has no place yet. */
export interface Vertex {
  readonly id: string;
  readonly item: Item;
}

/** An edge in the direction in which content flowed. */
export interface Edge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
}

/** Nodes, and edges from earlier to later ones. */
export interface Flow {
  readonly vertices: readonly Vertex[];
  readonly edges: readonly Edge[];
  /** The node that the question was about; null where there is none. */
  readonly focus: string | null;
}

/**
 * Return the flow of content behind a result.
 *
 * A content that comes back (a column scaled, and scaled back) would close a circle. It is
 * drawn once for each execution that made it so, and edges lead from earlier to later
 * executions only.
 */
export function flowOf(reply: LineageReply): Flow {
  const builder = new Builder(reply);
  // Derived edges are left out: what was used and what was made join the same contents.
  for (const edge of reply.edges) {
    if (edge.kind === 'used') {
      builder.use(edge.source, edge.target, edge.made_by);
    } else if (edge.kind === 'generated') {
      builder.make(edge.source, edge.target);
    }
  }
  const focus = focusOf(reply);
  if (reply.result && focus) {
    builder.addResult(reply.result, focus.id);
  }
  return {
    vertices: [...builder.vertices.values()],
    edges: [...builder.edges.values()],
    focus: focus?.id ?? null
  };
}

/** Return the executions of a lineage, in the order in which they ran. */
export function executionsOf(reply: LineageReply): ExecutionNode[] {
  return reply.nodes.filter(
    (node): node is ExecutionNode => node.node === 'execution'
  );
}

/** A result's identifier is its execution's, with a step behind a dot. */
function focusOf(reply: LineageReply): ExecutionNode | null {
  const executions = executionsOf(reply);
  const id = reply.result?.id.split('.')[0];
  const own = executions.find(node => node.execution === id);
  return own ?? executions[executions.length - 1] ?? null;
}

class Builder {
  constructor(reply: LineageReply) {
    executionsOf(reply).forEach((execution, place) => {
      this.places.set(execution.id, place);
      this.makers.set(execution.execution, execution.id);
      this.add(execution.id, { kind: 'execution', execution });
    });
    for (const node of reply.nodes) {
      if (node.node === 'entity') {
        this.entities.set(node.id, node);
      }
    }
  }

  readonly vertices = new Map<string, Vertex>();
  readonly edges = new Map<string, Edge>();

  use(entity: string, user: string, madeBy: string | null): void {
    const maker = this.makers.get(madeBy ?? '');
    const isEarlier = this.place(maker) < this.place(user);
    this.connect(this.version(entity, isEarlier ? maker : undefined), user);
  }

  make(maker: string, entity: string): void {
    this.connect(maker, this.version(entity, maker));
  }

  /** Show what a result says below its execution, and its params above. */
  addResult(result: ResultItem, execution: string): void {
    if (Object.keys(result.params).length) {
      this.add('params', { kind: 'params', result });
      this.connect('params', execution);
    }
    if (Object.keys(result.metrics).length) {
      this.add('metrics', { kind: 'metrics', result });
      this.connect(execution, 'metrics');
    }
  }

  /** Show a content as one execution made it, or as it came from outside. */
  private version(id: string, maker: string | undefined): string {
    const version = `${id} ${maker ?? ''}`;
    const entity = this.entities.get(id);
    if (entity) {
      const kind = entity.kind === 'estimator' ? 'model' : 'data';
      this.add(version, { kind, entity });
    }
    return version;
  }

  private place(execution: string | undefined): number {
    return this.places.get(execution ?? '') ?? Infinity;
  }

  private add(id: string, item: Item): void {
    if (!this.vertices.has(id)) {
      this.vertices.set(id, { id, item });
    }
  }

  private connect(source: string, target: string): void {
    if (this.vertices.has(source) && this.vertices.has(target)) {
      const id = `${source} > ${target}`;
      this.edges.set(id, { id, source, target });
    }
  }

  private readonly places = new Map<string, number>();
  private readonly makers = new Map<string, string>();
  private readonly entities = new Map<string, EntityNode>();
}
