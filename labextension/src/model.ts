// What the panel knows and what the user has opened. No DOM, no network of its own.

import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ModelsWire } from './wire';

export type Fetch = (folder: string) => Promise<ModelsWire>;

export interface PanelState {
  readonly answer: ModelsWire | null;
  readonly error: string | null;
  readonly asking: boolean;
  /** When the answer came; what is shown may be older than the error beside it. */
  readonly at: Date | null;
  /** `credit-risk@3`: the versions whose details are open. */
  readonly open: ReadonlySet<string>;
  /** Model lines that show all of their versions. */
  readonly unfolded: ReadonlySet<string>;
}

const NOTHING: PanelState = {
  answer: null,
  error: null,
  asking: false,
  at: null,
  open: new Set(),
  unfolded: new Set()
};

export class PanelModel {
  constructor(private readonly fetch: Fetch) {}

  get state(): PanelState {
    return this._state;
  }

  get changed(): ISignal<this, PanelState> {
    return this._changed;
  }

  get folder(): string {
    return this._folder;
  }

  /** The folder of the next question. What is shown stays until its answer is here, so nothing jumps. */
  set folder(folder: string) {
    this._folder = folder;
  }

  /** Ask again. Never rejects: an error is part of the state. A late answer to an old question is dropped. */
  async refresh(): Promise<void> {
    const question = ++this._question;
    const folder = this._folder;
    this.update({ asking: true });
    const outcome = await this.fetch(folder).then(
      answer => ({ answer, error: null, at: new Date() }),
      (reason: unknown) => ({ error: reason instanceof Error ? reason.message : String(reason) })
    );
    if (question === this._question) {
      this.update({ ...outcome, asking: false });
    }
  }

  /** Open or close the details of a version. */
  toggle(ref: string): void {
    this.update({ open: toggled(this._state.open, ref) });
  }

  /** Show all versions of a model line, or only the newest ones. */
  unfold(model: string): void {
    this.update({ unfolded: toggled(this._state.unfolded, model) });
  }

  private update(part: Partial<PanelState>): void {
    this._state = { ...this._state, ...part };
    this._changed.emit(this._state);
  }

  private _changed = new Signal<this, PanelState>(this);
  private _folder = '';
  private _question = 0;
  private _state = NOTHING;
}

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) {
    next.add(key);
  }
  return next;
}
