/** Labels of a result, edited in place: star, tags and notes. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ResultReply } from '../wire';
import type { ResultModel } from './result';

interface LabelsProps {
  result: ResultModel;
  reply: ResultReply;
  trans: TranslationBundle;
}

/** A button that is pressed while the result has a star. */
export function Star({ result, reply, trans }: LabelsProps): React.JSX.Element {
  const isStarred = reply.is_starred;
  return (
    <button
      type="button"
      className="jp-Celltrail-star"
      aria-pressed={isStarred}
      aria-label={trans.__('Star')}
      title={isStarred ? trans.__('Take the star off') : trans.__('Star')}
      onClick={() => void result.label({ star: !isStarred })}
    >
      {isStarred ? '★' : '☆'}
    </button>
  );
}

/** The tag that the star is. */
const STAR = 'star';

/** Tags that can be taken off, and a field for one more. */
export function Tags({ result, reply, trans }: LabelsProps): React.JSX.Element {
  const [text, setText] = React.useState('');
  const field = React.useRef<HTMLInputElement>(null);
  const tags = Object.entries(reply.tags).filter(([key]) => key !== STAR);

  const add = async (): Promise<void> => {
    const tag = readTag(text);
    if (tag && (await result.label({ tags: tag }))) {
      setText('');
    }
  };
  const remove = async (key: string): Promise<void> => {
    await result.label({ tags: { [key]: null } });
    field.current?.focus(); // the button that had it may be gone
  };
  return (
    <section aria-label={trans.__('Tags')}>
      <h2>{trans.__('Tags')}</h2>
      <ul className="jp-Celltrail-tags">
        {tags.map(([key, value]) => (
          <li key={key}>
            <span>{tagText(key, value)}</span>
            {reply.own_tags.includes(key) && (
              <button
                type="button"
                aria-label={trans.__('Remove tag %1', tagText(key, value))}
                onClick={() => void remove(key)}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      <form
        className="jp-Celltrail-add"
        onSubmit={event => {
          event.preventDefault();
          void add();
        }}
      >
        <input
          ref={field}
          value={text}
          aria-label={trans.__('New tag, key or key=value')}
          placeholder={trans.__('key=value')}
          onChange={event => setText(event.target.value)}
        />
        <button type="submit" className="jp-Celltrail-button">
          {trans.__('Add tag')}
        </button>
      </form>
    </section>
  );
}

/** Notes, oldest first, and a field for one more. */
export function Notes({
  result,
  reply,
  trans
}: LabelsProps): React.JSX.Element {
  const [text, setText] = React.useState('');
  const add = async (): Promise<void> => {
    if (text.trim() && (await result.label({ note: text.trim() }))) {
      setText('');
    }
  };
  return (
    <section aria-label={trans.__('Notes')}>
      <h2>{trans.__('Notes')}</h2>
      <ul className="jp-Celltrail-notes">
        {reply.notes.map((note, index) => (
          <li key={index}>{note}</li>
        ))}
      </ul>
      <form
        className="jp-Celltrail-add"
        onSubmit={event => {
          event.preventDefault();
          void add();
        }}
      >
        <textarea
          value={text}
          rows={2}
          aria-label={trans.__('New note')}
          onChange={event => setText(event.target.value)}
        />
        <button type="submit" className="jp-Celltrail-button">
          {trans.__('Add note')}
        </button>
      </form>
    </section>
  );
}

/** Return a tag from `key` or `key=value`; null where there is no key. */
export function readTag(text: string): Record<string, string> | null {
  const [key, ...value] = text.split('=');
  return key.trim() ? { [key.trim()]: value.join('=').trim() } : null;
}

function tagText(key: string, value: string): string {
  return value ? `${key}=${value}` : key;
}
