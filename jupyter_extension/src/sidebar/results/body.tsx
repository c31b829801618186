import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import type { TrailModel } from '../../model';
import { CommandIDs } from '../../tokens';
import { useSignal } from '../useSignal';
import { Actions, FilterField, Notice } from './controls';
import { bestOf } from './best';
import { metricOf, Order } from './order';
import { optionId, ResultRow } from './row';
import { stateText } from './states';

interface BodyProps {
  readonly model: TrailModel;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
}

const ROW_HEIGHT = 40; // pixels, as in style/sidebar.css

/** The filter, the list and what can be done with the selected results. */
export function ResultsBody(props: BodyProps): JSX.Element {
  const { model, commands, trans } = props;
  const { results } = model;
  useSignal(model.changed);
  useSignal(results.changed);
  const filter = React.useRef<HTMLInputElement>(null);
  const list = React.useRef<HTMLDivElement>(null);
  const [active, setActive] = React.useState<string | null>(null);
  const { items } = results;
  const index = Math.max(
    0,
    items.findIndex(item => item.id === active)
  );

  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => list.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: at => items[at].id,
    overscan: 8
  });
  const shown = rows.getVirtualItems();
  const isDrawn = shown.some(row => row.index === index);
  const last = shown.length ? shown[shown.length - 1].index : 0;
  React.useEffect(() => {
    if (results.hasMore && last >= items.length - 20) {
      void results.more();
    }
  }, [last, items.length, results, results.hasMore]);

  const activate = (at: number): void => {
    const bounded = Math.min(items.length - 1, Math.max(0, at));
    if (items[bounded]) {
      setActive(items[bounded].id);
      rows.scrollToIndex(bounded);
    }
  };
  const open = (id: string): void => {
    void commands.execute(CommandIDs.openResult, { id });
  };
  const pickForMenu = (id: string): void => {
    if (!results.selected.includes(id)) {
      results.select([id]); // the menu speaks of what is under it
    }
  };
  const onKey = (event: React.KeyboardEvent): void => {
    const moves: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: items.length - 1,
      PageDown: index + 10,
      PageUp: index - 10
    };
    const item = items[index];
    if (event.key in moves) {
      activate(moves[event.key]);
    } else if (event.key === '/') {
      filter.current?.focus();
    } else if (event.key === 'Escape') {
      results.select([]);
    } else if (event.key === 'Enter' && item) {
      open(item.id);
    } else if (event.key === ' ' && item) {
      results.toggle(item.id);
    } else if (isMenuKey(event) && item) {
      pickForMenu(item.id);
      openMenu(document.getElementById(optionId(item.id)));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const onPoint = (id: string, event: React.MouseEvent): void => {
    setActive(id);
    if (event.button === 2) {
      return; // the menu's own event follows, as it does after a long press on a screen
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      results.toggle(id);
    } else {
      results.select(results.selected.join() === id ? [] : [id]);
      model.focusOn(id);
    }
  };

  const best = bestOf(items);
  const state = stateText(model, trans);
  const now = Date.now();
  return (
    <div className="jp-Celltrail-resultsBody">
      <FilterField
        model={model}
        trans={trans}
        input={filter}
        onLeave={() => list.current?.focus()}
      />
      {(items.length > 0 || results.scope === 'notebook') && (
        <Order model={model} trans={trans} />
      )}
      {state && (
        <Notice
          state={state}
          trans={trans}
          onRetry={() => void model.refresh()}
        />
      )}
      <div
        ref={list}
        className="jp-Celltrail-list"
        role="listbox"
        tabIndex={0}
        aria-label={trans.__('Results')}
        aria-multiselectable
        aria-busy={results.isLoading}
        aria-activedescendant={isDrawn ? optionId(items[index].id) : undefined}
        hidden={items.length === 0}
        onKeyDown={onKey}
      >
        <div style={{ height: rows.getTotalSize() }} role="presentation">
          {shown.map(row => {
            const item = items[row.index];
            return (
              <ResultRow
                key={row.key}
                item={item}
                isSelected={results.selected.includes(item.id)}
                isActive={row.index === index}
                isBest={best === item.id}
                metric={results.sort && metricOf(results.sort)}
                now={now}
                top={row.start}
                place={row.index + 1}
                count={results.hasMore ? -1 : items.length}
                trans={trans}
                onPoint={event => onPoint(item.id, event)}
                onMenu={() => pickForMenu(item.id)}
                onOpen={() => open(item.id)}
              />
            );
          })}
        </div>
      </div>
      <Actions model={model} commands={commands} trans={trans} />
    </div>
  );
}

function isMenuKey(event: React.KeyboardEvent): boolean {
  return event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
}

/** The focus is on the list, so the browser's own event would not name the row. */
function openMenu(row: HTMLElement | null): void {
  if (row) {
    const { left, bottom } = row.getBoundingClientRect();
    row.dispatchEvent(
      new MouseEvent('contextmenu', {
        bubbles: true,
        cancelable: true,
        clientX: left + MENU_INDENT,
        clientY: bottom
      })
    );
  }
}

const MENU_INDENT = 24; // pixels, so that the row's marks stay in view
