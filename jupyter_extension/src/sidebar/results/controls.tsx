import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { TrailModel } from '../../model';
import { CommandIDs } from '../../tokens';
import type { State } from './states';

const QUIET = 350; // milliseconds without a key before a filter is asked for

interface FilterProps {
  readonly model: TrailModel;
  readonly trans: TranslationBundle;
  readonly input: React.RefObject<HTMLInputElement>;
  readonly onLeave: () => void;
}

/** The filter, in the grammar of `%mlops results --filter`. */
export function FilterField(props: FilterProps): JSX.Element {
  const { trans } = props;
  const { results } = props.model;
  const [text, setText] = React.useState(results.filter);
  React.useEffect(() => {
    const timer = setTimeout(() => results.setFilter(text.trim()), QUIET);
    return () => clearTimeout(timer);
  }, [text, results]);
  const onKey = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter') {
      results.setFilter(text.trim());
    } else if (event.key === 'Escape') {
      setText('');
      results.setFilter('');
      props.onLeave();
    } else if (event.key === 'ArrowDown') {
      props.onLeave();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const isWrong = results.problem?.reason === 'usage';
  return (
    <input
      ref={props.input}
      className="jp-Celltrail-filter"
      type="search"
      spellCheck={false}
      value={text}
      placeholder="metrics.accuracy > 0.9"
      aria-label={trans.__('Filter results')}
      aria-invalid={isWrong}
      onChange={event => setText(event.target.value)}
      onKeyDown={onKey}
    />
  );
}

interface NoticeProps {
  readonly state: State;
  readonly trans: TranslationBundle;
  readonly onRetry: () => void;
}

/** A state in words, with what to do about it. */
export function Notice({ state, trans, onRetry }: NoticeProps): JSX.Element {
  return (
    <div
      className={`jp-Celltrail-notice jp-mod-${state.kind}`}
      role={state.kind === 'error' ? 'alert' : 'status'}
    >
      <p>{state.text}</p>
      {state.hint && <p>{state.hint}</p>}
      {state.code && <code>{state.code}</code>}
      {state.canRetry && (
        <button type="button" className="jp-Celltrail-button" onClick={onRetry}>
          {trans.__('Retry')}
        </button>
      )}
    </div>
  );
}

interface ActionsProps {
  readonly model: TrailModel;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
}

/** What can be done with the selected results. */
export function Actions({ model, commands, trans }: ActionsProps): JSX.Element {
  const ids = [...model.results.selected];
  const run = (command: string): void => {
    void commands.execute(command, { ids });
  };
  if (ids.length === 0) {
    return (
      <p className="jp-Celltrail-hint">
        {model.results.items.length > 1 &&
          trans.__(
            'Select one result to explain it, two or more to compare them.'
          )}
      </p>
    );
  }
  return (
    <div
      className="jp-Celltrail-actions"
      role="toolbar"
      aria-label={trans.__('Selected results')}
    >
      {ids.length > 1 && (
        <button
          className="jp-mod-styled jp-mod-accept"
          onClick={() => run(CommandIDs.compare)}
        >
          {trans.__('Compare %1', ids.length)}
        </button>
      )}
      {ids.length < 3 && (
        <button className="jp-mod-styled" onClick={() => run(CommandIDs.why)}>
          {trans.__('Why')}
        </button>
      )}
      {ids.length === 1 && (
        <button
          className="jp-mod-styled"
          onClick={() => run(CommandIDs.recipe)}
        >
          {trans.__('Recipe')}
        </button>
      )}
      {ids.length === 1 && (
        <button
          className="jp-mod-styled"
          onClick={() =>
            void commands.execute(CommandIDs.openResult, { id: ids[0] })
          }
        >
          {trans.__('Open')}
        </button>
      )}
    </div>
  );
}
