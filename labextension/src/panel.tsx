// The widget in Lab's side area: owns the poll and every connection, and hands the state to the components.

import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { ModelsView } from './components/ModelsView';
import type { FolderFollower } from './folder';
import { modelsIcon } from './icon';
import type { PanelModel } from './model';

const EVERY = 15_000; // the server's "changed" event is faster; this is for servers without it

export interface PanelOptions {
  readonly model: PanelModel;
  readonly follower: FolderFollower;
  readonly changes: ISignal<unknown, void>;
}

export class ModelsPanel extends ReactWidget {
  constructor(private readonly options: PanelOptions) {
    super();
    this.addClass('mlops-Panel');
    this.title.icon = modelsIcon;
    this.title.caption = 'Models of this project (MLOps)';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Models of this project');
    this.poll = new Poll({
      name: 'ipymlops:models',
      factory: () => options.model.refresh(),
      frequency: { interval: EVERY, backoff: false },
      standby: () => !this.isVisible || document.hidden,
      auto: false
    });
    options.model.changed.connect(this.update, this);
    options.follower.changed.connect(this.onFolder, this);
    options.changes.connect(this.onServerChange, this);
  }

  /** Ask the server now. */
  async refresh(): Promise<void> {
    await this.poll.refresh();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.options.model.changed.disconnect(this.update, this);
    this.options.follower.changed.disconnect(this.onFolder, this);
    this.options.changes.disconnect(this.onServerChange, this);
    this.options.follower.dispose();
    this.poll.dispose();
    super.dispose();
  }

  protected override render(): React.ReactElement {
    const { model } = this.options;
    return (
      <ModelsView
        state={model.state}
        onRefresh={() => void this.refresh()}
        onToggle={ref => model.toggle(ref)}
        onUnfold={name => model.unfold(name)}
      />
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.onFolder();
  }

  private onFolder(): void {
    this.options.model.folder = this.options.follower.folder;
    this.onServerChange();
  }

  private onServerChange(): void {
    if (this.isVisible) {
      void this.refresh();
    }
  }

  private readonly poll: Poll;
}
