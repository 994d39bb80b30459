// A headline figure and its interval, drawn on one scale for all versions of a model line.

import * as React from 'react';

import type { EstimateWire, VersionWire } from '../wire';

export interface Scale {
  readonly metric: string;
  readonly from: number;
  readonly to: number;
}

const WIDTH = 72;
const HEIGHT = 12;
const EDGE = 4;

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
export function IntervalBar(props: { estimate: EstimateWire; scale: Scale; champion: boolean }): React.ReactElement | null {
  const { estimate, scale, champion } = props;
  if (estimate.name !== scale.metric || estimate.value === null) {
    return null;
  }
  const x = (value: number): number => EDGE + ((value - scale.from) / (scale.to - scale.from)) * (WIDTH - 2 * EDGE);
  const middle = HEIGHT / 2;
  return (
    <svg className={champion ? 'mlops-Interval mlops-mod-champion' : 'mlops-Interval'} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line className="mlops-Interval-axis" x1={0} x2={WIDTH} y1={middle} y2={middle} />
      {estimate.low !== null && estimate.high !== null && (
        <line className="mlops-Interval-range" x1={x(estimate.low)} x2={x(estimate.high)} y1={middle} y2={middle} />
      )}
      <circle cx={x(estimate.value)} cy={middle} r={3} />
    </svg>
  );
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number';
}
