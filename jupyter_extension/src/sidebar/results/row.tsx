import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ResultItem } from '../../wire';
import { agoText, headline, numberText, valueText } from '../../wording';

interface RowProps {
  readonly item: ResultItem;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  readonly isBest: boolean;
  readonly metric: string | null;
  readonly now: number;
  readonly top: number;
  readonly place: number;
  readonly count: number;
  readonly trans: TranslationBundle;
  readonly onPoint: (event: React.MouseEvent) => void;
  readonly onMenu: () => void;
  readonly onOpen: () => void;
}

/** One result in two lines: what it is and its number, then what it was made with. */
export function ResultRow(props: RowProps): JSX.Element {
  const { item, trans } = props;
  const metric = shownMetric(item, props.metric);
  const details = detailsOf(item);
  const ago = agoText(item.started_at, props.now, trans);
  const marks = marksOf(item, props.isBest, trans);
  const classes = ['jp-Celltrail-result'];
  if (props.isSelected) {
    classes.push('jp-mod-selected');
  }
  if (props.isActive) {
    classes.push('jp-mod-active');
  }
  return (
    <div
      id={optionId(item.id)}
      role="option"
      aria-selected={props.isSelected}
      aria-posinset={props.place}
      aria-setsize={props.count}
      className={classes.join(' ')}
      data-result-id={item.id}
      style={{ transform: `translateY(${props.top}px)` }}
      title={hoverText(item)}
      onMouseDown={props.onPoint}
      onContextMenu={props.onMenu}
      onDoubleClick={props.onOpen}
    >
      <span className="jp-Celltrail-resultMarks">
        {marks.map(mark => (
          <span
            key={mark.sign}
            role="img"
            aria-label={mark.says}
            title={mark.says}
          >
            {mark.sign}
          </span>
        ))}
      </span>
      <span className="jp-Celltrail-resultTitle">{item.title}</span>
      <span className="jp-Celltrail-resultNumber">{metric && metric[1]}</span>
      <span className="jp-Celltrail-resultDetail">
        {ago}{' '}
        {details.map(([name, value]) => (
          <React.Fragment key={name + value}>
            <i>{name}</i> {value}{' '}
          </React.Fragment>
        ))}
      </span>
      <span className="jp-Celltrail-resultMetric">
        {metric && metric[0] !== item.title && metric[0]}
      </span>
    </div>
  );
}

/** Return the DOM id of a result's row. */
export function optionId(id: string): string {
  return `celltrail-result-${id.replace('.', '-')}`;
}

const DETAILS = 4;

function shownMetric(
  item: ResultItem,
  metric: string | null
): [string, string] | null {
  if (metric !== null && metric in item.metrics) {
    return [metric, numberText(item.metrics[metric])];
  }
  return headline(item);
}

function detailsOf(item: ResultItem): [string, string][] {
  const isSeed = (name: string): boolean => /(random_state|seed)$/.test(name);
  const params = Object.entries(item.params)
    .sort(([a], [b]) => Number(isSeed(a)) - Number(isSeed(b)))
    .slice(0, DETAILS);
  return params.map(([name, value]) => [
    name.slice(name.lastIndexOf('.') + 1),
    valueText(value)
  ]);
}

interface MarkText {
  readonly sign: string;
  readonly says: string;
}

function marksOf(
  item: ResultItem,
  isBest: boolean,
  trans: TranslationBundle
): MarkText[] {
  const marks: MarkText[] = [];
  if (item.is_starred) {
    marks.push({ sign: '★', says: trans.__('starred') });
  } else if (isBest) {
    marks.push({ sign: '▲', says: trans.__('best of those listed') });
  }
  if (item.status !== 'ok') {
    marks.push({
      sign: '✕',
      says: trans.__('its cell ended with: %1', item.status)
    });
  }
  if (item.is_unseeded) {
    marks.push({ sign: '~', says: trans.__('unseeded random numbers') });
  }
  if (item.reproduced) {
    marks.push({
      sign: item.reproduced.outcome === 'identical' ? '✓' : '≠',
      says: trans.__('reproduced: %1', item.reproduced.outcome)
    });
  }
  return marks;
}

function hoverText(item: ResultItem): string {
  const metrics = Object.entries(item.metrics).map(
    ([name, value]) => `${name} ${numberText(value)}`
  );
  const params = Object.entries(item.params).map(
    ([name, value]) => `${name} = ${valueText(value)}`
  );
  const where = item.notebook_path ?? item.notebook;
  return [
    item.title,
    ...metrics,
    ...params,
    ...(where ? [where] : []),
    item.short
  ].join('\n');
}
