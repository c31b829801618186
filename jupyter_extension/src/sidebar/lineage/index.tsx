import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { TrailModel } from '../../model';
import { LineageBody, LineageBodyProps } from './body';
import { LineageModel } from './lineage';

/** What the section shows, and where its buttons lead. */
export interface LineageSectionOptions {
  readonly model: TrailModel;
  readonly trans: TranslationBundle;
  readonly onJump: LineageBodyProps['onJump'];
  readonly onOpen: LineageBodyProps['onOpen'];
}

/** Return the section of the sidebar that shows where a result came from. */
export function createLineageSection(options: LineageSectionOptions): Widget {
  return new LineageSection(options);
}

class LineageSection extends ReactWidget {
  constructor(private readonly options: LineageSectionOptions) {
    super();
    this.lineage = new LineageModel(options.model);
    this.id = 'celltrail-lineage';
    this.addClass('jp-Celltrail-lineage');
    this.title.label = options.trans.__('Lineage');
    this.title.caption = options.trans.__('What a result came from');
  }

  dispose(): void {
    this.lineage.dispose();
    super.dispose();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.lineage.setVisible(this.isVisible);
  }

  protected onAfterShow(): void {
    this.lineage.setVisible(true);
  }

  protected onAfterHide(): void {
    this.lineage.setVisible(false);
  }

  protected render(): React.JSX.Element {
    const { trans, onJump, onOpen } = this.options;
    return (
      <LineageBody
        lineage={this.lineage}
        trans={trans}
        onJump={onJump}
        onOpen={onOpen}
      />
    );
  }

  private readonly lineage: LineageModel;
}
