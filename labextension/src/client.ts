// All that is asked of the server. Token and XSRF header are added by ServerConnection.

import { URLExt } from '@jupyterlab/coreutils';
import type { Event } from '@jupyterlab/services';
import { ServerConnection } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ErrorWire, ModelsWire } from './wire';

const CHANGED = 'urn:ipymlops:event:changed';

/** The models of the project that `folder` (relative to the server's root) belongs to. Rejects with words. */
export async function fetchModels(settings: ServerConnection.ISettings, folder: string): Promise<ModelsWire> {
  const url = URLExt.join(settings.baseUrl, 'ipymlops/api/models') + URLExt.objectToQueryString({ path: folder });
  const response = await request(url, settings);
  const answer = (await response.json().catch(() => null)) as ModelsWire | ErrorWire | null;
  if (response.ok && answer?.kind === 'models') {
    return answer;
  }
  throw new Error(answer?.kind === 'error' ? answer.message : inWords(response.status));
}

/** Fires when the server saw a project change. Lab shares one connection for all such events. */
export function changes(events: Event.IManager): ISignal<unknown, void> {
  const source = {};
  const signal = new Signal<unknown, void>(source);
  events.stream.connect((_, emission) => {
    if (emission.schema_id === CHANGED) {
      signal.emit();
    }
  });
  return signal;
}

async function request(url: string, settings: ServerConnection.ISettings): Promise<Response> {
  try {
    return await ServerConnection.makeRequest(url, {}, settings);
  } catch {
    throw new Error('The Jupyter server does not answer. Next: check that it is still running.');
  }
}

function inWords(status: number): string {
  if (status === 404) {
    return (
      'The Jupyter server does not know ipymlops. Next: jupyter server extension enable ipymlops, ' +
      'in the environment of the server, and restart it.'
    );
  }
  if (status === 401 || status === 403) {
    return 'The Jupyter server refused the request. Next: log in again.';
  }
  return `The Jupyter server answered ${status}. Next: look at its log.`;
}
