// A headline figure and its interval, drawn on one scale for all versions of a model line.

import * as React from 'react';

import type { EstimateWire, VersionWire } from '../wire';

export interface Scale {
  readonly metric: string;
  readonly from: number;
  readonly to: number;
}

/** The range that holds every interval; null where a comparison by eye would mean nothing. */
export function scaleOf(versions: readonly VersionWire[]): Scale | null {
  const metric = versions.find(version => version.headline)?.headline?.name;
  const drawn = versions.filter(version => version.headline?.name === metric);
  const ends = drawn.flatMap(({ headline }) => [headline?.value, headline?.low, headline?.high].filter(isNumber));
  const from = Math.min(...ends);
  const to = Math.max(...ends);
  return metric === undefined || drawn.length < 2 || !(from < to) ? null : { metric, from, to };
}

/** Decoration beside the same figures in words, so hidden from screen readers. */
export function IntervalBar({ estimate, scale }: { estimate: EstimateWire; scale: Scale }): React.ReactElement | null {
  const { name, value, low, high } = estimate;
  if (name !== scale.metric || value === null) {
    return null;
  }
  const place = (at: number): number => (100 * (at - scale.from)) / (scale.to - scale.from);
  return (
    <span className="mlops-Interval" aria-hidden="true">
      {low !== null && high !== null && (
        <span className="mlops-Interval-range" style={{ left: `${place(low)}%`, width: `${place(high) - place(low)}%` }} />
      )}
      <span className="mlops-Interval-value" style={{ left: `${place(value)}%` }} />
    </span>
  );
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number';
}
