import type { IThemeManager } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { FigureDrawing, FigureJson, heightOf } from './figure';

interface FigureProps {
  figure: FigureJson;
  title: string;
  rendermime: IRenderMimeRegistry;
  themes: IThemeManager | null;
  trans: TranslationBundle;
}

/** Shows a figure, or says what it takes to see it. */
export function Figure(props: FigureProps): React.JSX.Element {
  const { figure, rendermime, themes, title, trans } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const [isFailed, setFailed] = React.useState(false);
  const isPossible = FigureDrawing.isPossible(rendermime);
  // Before the element leaves the page: a widget is detached while it is in it.
  React.useLayoutEffect(() => {
    if (!host.current || !isPossible) {
      return;
    }
    setFailed(false);
    const drawing = new FigureDrawing(
      figure,
      host.current,
      rendermime,
      themes,
      () => setFailed(true)
    );
    return () => drawing.dispose();
  }, [figure, rendermime, themes, isPossible]);
  if (!isPossible) {
    return (
      <p className="jp-Celltrail-aside">
        {trans.__(
          'There is a figure, but this JupyterLab cannot draw it. Install plotly (pip install plotly) where JupyterLab runs, then load this page again.'
        )}
      </p>
    );
  }
  return (
    <>
      <div
        ref={host}
        className="jp-Celltrail-figure"
        role="group"
        aria-label={trans.__('Figure: %1', title)}
        style={{ minHeight: isFailed ? 0 : heightOf(figure) }}
      />
      {isFailed ? (
        <p className="jp-Celltrail-aside" role="alert">
          {trans.__('The figure could not be drawn. Load this page again.')}
        </p>
      ) : null}
    </>
  );
}
