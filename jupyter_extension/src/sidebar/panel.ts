import type { TranslationBundle } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

import { trailIcon } from '../icons';

/** The sidebar: an accordion of sections. */
export class TrailSidebar extends SidePanel {
  constructor(trans: TranslationBundle, sections: readonly Widget[]) {
    super();
    this.id = 'celltrail-sidebar';
    this.addClass('jp-Celltrail-sidebar');
    this.title.icon = trailIcon;
    this.title.caption = trans.__('Trail: results and lineage');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Trail'));
    sections.forEach(section => this.addWidget(section));
  }

  /** The sidebar comes to view, or goes. */
  get visibilityChanged(): ISignal<this, boolean> {
    return this.seen;
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.seen.emit(this.isVisible);
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.seen.emit(true);
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.seen.emit(false);
  }

  private readonly seen = new Signal<this, boolean>(this);
}
