/** The lineage as a picture. This file and what it imports are a chunk of their own. */

import '@xyflow/react/dist/base.css';

import type { TranslationBundle } from '@jupyterlab/translation';
import {
  Controls,
  Edge,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow
} from '@xyflow/react';
import * as React from 'react';

import type { ExecutionNode, LineageReply } from '../wire';
import { Graph, layoutLineage, MOST, Placed } from './layout';
import { MORE } from './nearest';
import { Box, BoxNode } from './node';

interface GraphProps {
  reply: LineageReply;
  /** States of cells by execution. */
  states: ReadonlyMap<string, string>;
  trans: TranslationBundle;
  onJump: (execution: ExecutionNode) => void;
}

/** Shows a lineage; cells can be opened, contents can be looked at. */
export default function LineageGraph(props: GraphProps): React.JSX.Element {
  const { reply, states, trans } = props;
  const [most, setMost] = React.useState(MOST);
  const graph = React.useMemo(
    () => layoutLineage(reply, { most, states, trans }),
    [reply, most, states, trans]
  );
  return (
    <ReactFlowProvider>
      <Canvas
        {...props}
        graph={graph}
        fitKey={`${reply.result?.id ?? ''} ${most}`}
        onMore={() => setMost(most + MOST)}
      />
    </ReactFlowProvider>
  );
}

interface CanvasProps extends GraphProps {
  graph: Graph;
  /** Another one lets the graph be shown from its beginning. */
  fitKey: string;
  onMore: () => void;
}

const NODE_TYPES = { box: Box };

function Canvas(props: CanvasProps): React.JSX.Element {
  const { graph, fitKey, trans, onJump, onMore } = props;
  const [chosen, setChosen] = React.useState<string | null>(null);
  const host = React.useRef<HTMLDivElement>(null);
  const onMoved = useFit(host, graph, fitKey);
  const nodes = React.useMemo(
    () => graph.nodes.map(placed => nodeOf(placed, chosen)),
    [graph, chosen]
  );
  const edges = React.useMemo(() => graph.edges.map(edgeOf), [graph]);

  const act = (id: string): void => {
    const item = graph.nodes.find(node => node.id === id)?.item;
    setChosen(id);
    if (id === MORE) {
      onMore();
    } else if (item?.kind === 'execution') {
      onJump(item.execution);
    }
  };
  return (
    <div className="jp-Celltrail-graph" ref={host}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        minZoom={SMALLEST}
        maxZoom={LARGEST}
        // The keys below are listened to everywhere: a notebook needs them itself.
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        panActivationKeyCode={null}
        zoomActivationKeyCode={null}
        aria-label={trans.__('Lineage graph')}
        ariaLabelConfig={wordsOf(trans)}
        onMoveStart={event => event && onMoved()}
        onNodeClick={(_, node) => act(node.id)}
        onKeyDown={event => {
          const id = nodeUnder(event.target);
          if (id && (event.key === 'Enter' || event.key === ' ')) {
            event.preventDefault();
            act(id);
          }
        }}
      >
        <Controls
          showInteractive={false}
          orientation="horizontal"
          fitViewOptions={{ padding: ROOM, maxZoom: 1 }}
          onZoomIn={onMoved}
          onZoomOut={onMoved}
          onFitView={onMoved}
        />
      </ReactFlow>
      <Chosen placed={graph.nodes.find(node => node.id === chosen)} />
    </div>
  );
}

const SMALLEST = 0.1; // zoom
const LARGEST = 2;
const READABLE = 0.55;
// Above is what was chosen, below are the controls.
const ROOM = { x: '12px', top: '30px', bottom: '44px' } as const;

/**
 * Show all of a graph, or its focus where all of it would be too small to read; again when
 * the place for it changes, until the reader moves it. Return what to call then.
 */
function useFit(
  host: React.RefObject<HTMLDivElement | null>,
  graph: Graph,
  fitKey: string
): () => void {
  const { fitView, setCenter } = useReactFlow();
  const newest = React.useRef(graph);
  newest.current = graph;
  const isMoved = React.useRef(false);
  React.useEffect(() => {
    const element = host.current;
    if (!element) {
      return;
    }
    isMoved.current = false;
    // A section that is hidden has no size: React Flow's own first fit goes wrong there.
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element;
      if (isMoved.current || !width || !height) {
        return;
      }
      const focus = newest.current.nodes.find(node => node.isFocus);
      if (focus && zoomToFit(newest.current, width, height) < READABLE) {
        const middle = focus.x + focus.width / 2;
        void setCenter(middle, focus.y - height / 4, { zoom: 0.8 });
      } else {
        void fitView({ padding: ROOM, maxZoom: 1 });
      }
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [host, fitKey, fitView, setCenter]);
  return () => {
    isMoved.current = true;
  };
}

function zoomToFit(graph: Graph, width: number, height: number): number {
  const right = Math.max(...graph.nodes.map(node => node.x + node.width));
  const below = Math.max(...graph.nodes.map(node => node.y + node.height));
  return Math.min(width / right, height / below);
}

/** Says all of the name of the node that was chosen. */
function Chosen({ placed }: { placed?: Placed }): React.JSX.Element {
  const item = placed?.item;
  const text =
    item && 'entity' in item
      ? [item.entity.names.join(', '), ...placed.lines.slice(1)].join(' · ')
      : '';
  return (
    <div className="jp-Celltrail-chosen" aria-live="polite">
      {text}
    </div>
  );
}

function nodeOf(placed: Placed, chosen: string | null): BoxNode {
  const { id, x, y, width, height, lines, state } = placed;
  return {
    id,
    type: 'box',
    data: { placed },
    position: { x, y },
    width,
    height,
    selected: id === chosen,
    ariaRole: 'button',
    ariaLabel: [...lines, ...(state ? [state] : [])].join(', ')
  };
}

function edgeOf({ id, source, target }: Graph['edges'][number]): Edge {
  return { id, source, target, selectable: false };
}

function nodeUnder(target: EventTarget): string | undefined {
  const node = (target as Element).closest<HTMLElement>('.react-flow__node');
  return node?.dataset.id;
}

function wordsOf(trans: TranslationBundle) {
  return {
    'node.a11yDescription.default': trans.__(
      'Press Enter to show the cell, or more of a content.'
    ),
    'controls.ariaLabel': trans.__('Zoom'),
    'controls.zoomIn.ariaLabel': trans.__('Zoom in'),
    'controls.zoomOut.ariaLabel': trans.__('Zoom out'),
    'controls.fitView.ariaLabel': trans.__('Show all')
  };
}
