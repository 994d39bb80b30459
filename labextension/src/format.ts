// Figures, times and states as a person reads them. One place, no DOM.

import { METRIC_NAMES } from './wire';
import type { EstimateWire, EventWire, VersionWire } from './wire';

/** `roc_auc` as "ROC AUC", as a title; what is not known reads as words. */
export function metricName(name: string): string {
  const words = METRIC_NAMES[name] ?? name.replace(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How many decimals give the largest of the values three significant digits. */
function places(...values: number[]): number {
  const largest = Math.max(...values.map(Math.abs));
  return largest === 0 ? 0 : Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(largest))));
}

/** Three significant digits (or so many decimals), thousands separated; a dash where there is no number. */
export function figure(value: number | null, decimals?: number): string {
  if (value === null) {
    return '–';
  }
  const size = Math.abs(value);
  if (decimals === undefined && size !== 0 && (size < 1e-4 || size >= 1e9)) {
    return value.toExponential(2).replaceAll('-', '−').replace('e+', 'e');
  }
  const digits = decimals ?? places(value);
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString('en', options).replace('-', '−');
}

/** The value with its unit, in as many decimals as its interval has. */
export function valueOf({ value, low, high, unit }: EstimateWire): string {
  const known = [value, low, high].filter(number => number !== null);
  const text = figure(value, known.length > 1 ? places(...known) : undefined);
  return unit && value !== null ? `${text} ${unit}` : text;
}

/** "0.795 to 0.829", or nothing where no interval can be given. */
export function interval({ value, low, high }: EstimateWire): string {
  if (low === null || high === null) {
    return '';
  }
  const decimals = places(low, high, value ?? 0);
  return `${figure(low, decimals)} to ${figure(high, decimals)}`;
}

export function count(value: number, noun: string): string {
  return `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`;
}

const STEPS: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60]
];

/** "3 hours ago"; the full times are in the tooltip. */
export function ago(instant: string, now: Date = new Date()): string {
  const seconds = (now.getTime() - new Date(instant).getTime()) / 1000;
  const step = STEPS.find(([, size]) => seconds >= size);
  if (!step) {
    return 'just now';
  }
  const [unit, size] = step;
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-Math.floor(seconds / size), unit);
}

/** The reader's own time, and UTC. */
export function fullTime(instant: string): string {
  const here = new Date(instant).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
  return `${here} (${instant.slice(0, 19).replace('T', ' ')} UTC)`;
}

/** A state is a shape and a word, never a colour alone. */
export interface Mark {
  readonly shape: string;
  readonly word: string;
  readonly tone: 'good' | 'bad' | 'quiet';
}

const MARKS: Record<VersionWire['verification'], Mark> = {
  identical: { shape: '✓', word: 'identical', tone: 'good' },
  'within tolerance': { shape: '✓', word: 'within tolerance', tone: 'good' },
  'not reproduced': { shape: '✕', word: 'not reproduced', tone: 'bad' },
  'not verified': { shape: '?', word: 'not verified', tone: 'quiet' }
};

export function verificationMark(verdict: VersionWire['verification']): Mark {
  return MARKS[verdict];
}

const MEANINGS: Record<VersionWire['verification'], string> = {
  identical: 'The exported pipeline, run in a clean process, gave exactly this model again.',
  'within tolerance': 'The exported pipeline, run in a clean process, gave this model again but for rounding.',
  'not reproduced': 'The exported pipeline did not give this model again.',
  'not verified': 'Nobody has tried yet whether the notebook’s steps give this model again.'
};

export function verificationMeaning(version: VersionWire): string {
  const cause = version.verification === 'not reproduced' ? version.verification_cause : '';
  return cause ? `${MEANINGS[version.verification]} Cause: ${cause}` : MEANINGS[version.verification];
}

const DEEDS: Record<EventWire['kind'], string> = {
  register: 'registered',
  promote: 'promoted to champion',
  rollback: 'rolled back to',
  alias: 'alias moved',
  approve: 'approved',
  reject: 'rejected',
  refuse: 'promotion refused',
  deploy: 'deployed',
  retrain: 'retrained',
  export: 'exported',
  verify: 'verified',
  push: 'pushed to MLflow',
  sign: 'signed',
  alert: 'alert',
  delete: 'deleted'
};

export function deed(event: EventWire): string {
  return DEEDS[event.kind];
}

/** What to do next with a version, as a line to copy into a cell. */
export function nextStep(model: string, version: VersionWire): string {
  const ref = `${model}@${version.number}`;
  if (version.verification === 'not verified') {
    return `%mlops export ${ref} --to pipelines/${model}`;
  }
  if (version.verification === 'not reproduced') {
    return `%mlops show ${ref}`;
  }
  return version.champion ? `%mlops drift ${ref} --data NEW_DATA` : `%mlops promote ${ref}`;
}
