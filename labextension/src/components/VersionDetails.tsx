// What a version's row opens: its facts, all its figures, what happened to it, what to do next.

import * as React from 'react';

import { ago, count, deed, figure, fullTime, interval, metricName, nextStep, valueOf, verificationMeaning } from '../format';
import type { EstimateWire, EventWire, VersionWire } from '../wire';
import { CopyLine } from './CopyLine';

export function VersionDetails({ model, version }: { model: string; version: VersionWire }): React.ReactElement {
  return (
    <div className="mlops-Details">
      <p className="mlops-Details-facts">{facts(version)}</p>
      <p>{verificationMeaning(version)}</p>
      {version.metrics.length > 0 && <Metrics metrics={version.metrics} />}
      {version.events.length > 0 && <Events events={version.events} />}
      <h4>Next</h4>
      <CopyLine line={nextStep(model, version)} />
    </div>
  );
}

function facts({ estimator, task, risk, rows, features }: VersionWire): string {
  const size = [rows === null ? '' : count(rows, 'row'), features === null ? '' : count(features, 'feature')];
  const data = size.filter(Boolean).join(' × ');
  return [estimator, task, risk && `${risk} risk`, data && `trained on ${data}`].filter(Boolean).join(' · ');
}

function Metrics({ metrics }: { metrics: readonly EstimateWire[] }): React.ReactElement {
  return (
    <table>
      <caption>On the benchmark</caption>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Value</th>
          <th scope="col">{levels(metrics)}</th>
        </tr>
      </thead>
      <tbody>
        {metrics.map(metric => (
          <tr key={metric.name}>
            <th scope="row">{metricName(metric.name)}</th>
            <td>{valueOf(metric)}</td>
            <td>{interval(metric) || figure(null)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function levels(metrics: readonly EstimateWire[]): string {
  const level = metrics.find(metric => metric.level !== null)?.level;
  return level ? `${Math.round(level * 100)} % interval` : 'Interval';
}

function Events({ events }: { events: readonly EventWire[] }): React.ReactElement {
  return (
    <>
      <h4>What happened</h4>
      <ol className="mlops-Events">
        {events.map(event => (
          <li key={event.number}>
            <span className="mlops-Event-deed">{deed(event)}</span>{' '}
            <span className="mlops-Quiet" title={fullTime(event.when)}>
              {ago(event.when)} by {event.who}
            </span>
            {event.why && <q>{event.why}</q>}
          </li>
        ))}
      </ol>
    </>
  );
}
