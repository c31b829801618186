import { Handle, Node, NodeProps, Position } from '@xyflow/react';
import * as React from 'react';

import type { Placed } from './layout';

/** A node as React Flow keeps it. */
export type BoxNode = Node<{ placed: Placed }, 'box'>;

/** One node: its form says its kind, a word says what is wrong with it. */
export function Box({ data, selected }: NodeProps<BoxNode>): React.JSX.Element {
  const { item, lines, state, isFocus } = data.placed;
  const classes = ['jp-Celltrail-node', `jp-mod-${item?.kind ?? 'more'}`];
  if (isFocus) {
    classes.push('jp-mod-focus');
  }
  if (item?.kind === 'execution' && item.execution.status === 'error') {
    classes.push('jp-mod-failed');
  } else if (state) {
    classes.push('jp-mod-marked');
  }
  if (selected) {
    classes.push('jp-mod-selected');
  }
  return (
    <div className={classes.join(' ')}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      {lines.map((line, index) => (
        <span key={index} title={line}>
          {line}
        </span>
      ))}
      {state ? <em>{state}</em> : null}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}
