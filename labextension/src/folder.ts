// Which folder the panel is about: the one of the notebook in front.

import { PathExt } from '@jupyterlab/coreutils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** Follows the current notebook, through renames and moves. Keeps the last folder when no notebook is open. */
export class FolderFollower implements IDisposable {
  constructor(
    tracker: INotebookTracker,
    private readonly localPath: (path: string) => string
  ) {
    tracker.currentChanged.connect(this.onCurrent, this);
    this.onCurrent(tracker, tracker.currentWidget);
  }

  get changed(): ISignal<this, string> {
    return this._changed;
  }

  get folder(): string {
    return this._folder;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private onCurrent(_: INotebookTracker, notebook: NotebookPanel | null): void {
    this._notebook?.context.pathChanged.disconnect(this.onPath, this);
    this._notebook = notebook;
    if (notebook && !notebook.isDisposed) {
      notebook.context.pathChanged.connect(this.onPath, this);
      this.onPath(notebook.context, notebook.context.path);
    }
  }

  private onPath(_: unknown, path: string): void {
    const folder = PathExt.dirname(this.localPath(path));
    if (folder !== this._folder) {
      this._folder = folder;
      this._changed.emit(folder);
    }
  }

  private _changed = new Signal<this, string>(this);
  private _folder = '';
  private _isDisposed = false;
  private _notebook: NotebookPanel | null = null;
}
