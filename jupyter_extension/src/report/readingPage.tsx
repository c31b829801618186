import type { IThemeManager } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Question } from '../question';
import { useSignal } from '../sidebar/useSignal';
import type { Part, ReadingReply } from '../wire';
import { Figure } from './figureView';
import { Live, Problem } from './notices';
import { Parts } from './parts';

/** What a page of a reading is made of. */
export interface ReadingPageProps {
  question: Question<ReadingReply>;
  title: string;
  /** The `%mlops` line that asks the same. */
  line: string;
  rendermime: IRenderMimeRegistry;
  themes: IThemeManager | null;
  trans: TranslationBundle;
  onInsert: (line: string) => void;
  onCopy: (line: string) => void;
}

/** Shows what a capability answered: the verdict, its figure, then the rest. */
export function ReadingPage(props: ReadingPageProps): React.JSX.Element {
  const { question, title, trans } = props;
  useSignal(question.changed);
  const { reply, problem, isLoading } = question;
  return (
    <article className="jp-Celltrail-page" aria-busy={isLoading}>
      <h1>{title}</h1>
      <Problem
        problem={problem}
        trans={trans}
        onRetry={() => void question.ask()}
      />
      {reply ? <Answer reply={reply} {...props} /> : null}
      {isLoading && !reply ? (
        <p className="jp-Celltrail-aside">{trans.__('Reading the trail…')}</p>
      ) : null}
      <Actions {...props} />
    </article>
  );
}

function Answer({
  reply,
  title,
  rendermime,
  themes,
  trans
}: ReadingPageProps & { reply: ReadingReply }): React.JSX.Element {
  const [summary, rest] = splitSummary(reply);
  return (
    <>
      <div className="jp-Celltrail-summary">
        <Parts parts={summary} trans={trans} />
      </div>
      {reply.figure ? (
        <Figure
          figure={reply.figure}
          title={title}
          rendermime={rendermime}
          themes={themes}
          trans={trans}
        />
      ) : null}
      <Parts parts={rest} trans={trans} />
    </>
  );
}

/** The first part of a report is its summary, where it has one. */
function splitSummary({ report, parts }: ReadingReply): [Part[], Part[]] {
  const at = report.summary ? 1 : 0;
  return [parts.slice(0, at), parts.slice(at)];
}

function Actions(props: ReadingPageProps): React.JSX.Element {
  const { question, line, trans, onInsert, onCopy } = props;
  const [isCopied, setCopied] = React.useState(false);
  return (
    <div className="jp-Celltrail-buttons">
      <button
        type="button"
        className="jp-Celltrail-button"
        title={line}
        onClick={() => onInsert(line)}
      >
        {trans.__('Insert as cell')}
      </button>
      <button
        type="button"
        className="jp-Celltrail-button"
        title={line}
        onClick={() => {
          onCopy(line);
          setCopied(true);
        }}
      >
        {trans.__('Copy as code')}
      </button>
      <button
        type="button"
        className="jp-Celltrail-button"
        onClick={() => {
          setCopied(false);
          void question.ask();
        }}
      >
        {trans.__('Refresh')}
      </button>
      <span className="jp-Celltrail-aside">
        {isCopied ? trans.__('Copied.') : null}
      </span>
      <Live text={news(props, isCopied)} />
    </div>
  );
}

function news(
  { question, trans }: ReadingPageProps,
  isCopied: boolean
): string {
  if (question.isLoading) {
    return trans.__('Reading the trail…');
  }
  if (question.problem || !question.reply) {
    return ''; // an alert says it
  }
  const { summary } = question.reply.report;
  return isCopied
    ? trans.__('Copied.')
    : String(summary || trans.__('The answer is shown.'));
}
