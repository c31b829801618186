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
  const isPossible = FigureDrawing.isPossible(rendermime);
  // Before the element leaves the page: a widget is detached while it is in it.
  React.useLayoutEffect(() => {
    if (!host.current || !isPossible) {
      return;
    }
    const drawing = new FigureDrawing(figure, host.current, rendermime, themes);
    return () => drawing.dispose();
  }, [figure, rendermime, themes, isPossible]);
  return isPossible ? (
    <div
      ref={host}
      className="jp-Celltrail-figure"
      role="group"
      aria-label={trans.__('Figure: %1', title)}
      style={{ minHeight: heightOf(figure) }}
    />
  ) : (
    <p className="jp-Celltrail-aside">
      {trans.__(
        'There is a figure, but this JupyterLab cannot draw it. Install plotly (pip install plotly) where JupyterLab runs, then load this page again.'
      )}
    </p>
  );
}
