/** Draws Plotly's JSON with the renderer that JupyterLab has for it. */

import type { IThemeManager } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { JSONExt, PartialJSONObject } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

export const PLOTLY = 'application/vnd.plotly.v1+json';
const DEFAULT_HEIGHT = 360; // pixels, as the renderer's own

/** Plotly's JSON, as the server sends it. */
export type FigureJson = Record<string, unknown>;

/** Return the height that a figure will take, in pixels. */
export function heightOf(figure: FigureJson): number {
  const { height } = layoutOf(figure);
  return typeof height === 'number' ? height : DEFAULT_HEIGHT;
}

/** Return a copy of a figure without a ground of its own, its words in this colour. */
export function themed(figure: FigureJson, color: string): FigureJson {
  const copy = JSONExt.deepCopy(figure as PartialJSONObject) as FigureJson;
  const layout = layoutOf(copy);
  const font = layout.font as Record<string, unknown> | undefined;
  const clear = 'rgba(0,0,0,0)';
  copy.layout = {
    ...layout,
    height: heightOf(figure),
    paper_bgcolor: clear,
    plot_bgcolor: clear,
    font: { ...font, color }
  };
  copy.config = { displaylogo: false };
  return copy;
}

/** A figure in an element of the page, drawn once it comes to view and for each theme. */
export class FigureDrawing implements IDisposable {
  constructor(
    private readonly figure: FigureJson,
    private readonly host: HTMLElement,
    private readonly rendermime: IRenderMimeRegistry,
    private readonly themes: IThemeManager | null,
    private readonly onFailed: () => void
  ) {
    this.seen = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) {
        this.seen.disconnect();
        this.themes?.themeChanged.connect(this.draw, this);
        this.draw();
      }
    });
    this.sized = new ResizeObserver(() => {
      if (this.renderer) {
        MessageLoop.postMessage(
          this.renderer,
          Widget.ResizeMessage.UnknownSize
        );
      }
    });
    this.seen.observe(host);
    this.sized.observe(host);
  }

  /** Whether this JupyterLab can draw figures. */
  static isPossible(rendermime: IRenderMimeRegistry): boolean {
    return rendermime.mimeTypes.includes(PLOTLY);
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  dispose(): void {
    this.gone = true;
    this.seen.disconnect();
    this.sized.disconnect();
    this.themes?.themeChanged.disconnect(this.draw, this);
    this.clear();
  }

  /** A renderer draws its first model only: a theme gets one of its own. */
  private draw(): void {
    this.clear();
    const theme = getComputedStyle(document.documentElement);
    const color = theme.getPropertyValue('--jp-ui-font-color1').trim();
    const data = { [PLOTLY]: themed(this.figure, color) as never };
    const renderer = this.rendermime.createRenderer(PLOTLY);
    this.renderer = renderer;
    Widget.attach(renderer, this.host);
    const model = this.rendermime.createModel({ data, trusted: true });
    renderer.renderModel(model).catch(() => {
      if (this.renderer === renderer) {
        this.onFailed();
      }
    });
  }

  private clear(): void {
    if (this.renderer?.node.isConnected) {
      Widget.detach(this.renderer);
    }
    this.renderer?.dispose();
    this.renderer = null;
  }

  private readonly seen: IntersectionObserver;
  private readonly sized: ResizeObserver;
  private renderer: Widget | null = null;
  private gone = false;
}

function layoutOf(figure: FigureJson): Record<string, unknown> {
  return (figure.layout ?? {}) as Record<string, unknown>;
}
