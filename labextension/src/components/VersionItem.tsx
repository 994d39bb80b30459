// One version: what it is, how good, whether it reproduces; its details below when opened.

import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ago, fullTime, interval, metricName, valueOf, verificationMark, verificationMeaning } from '../format';
import type { EstimateWire, VersionWire } from '../wire';
import type { Scale } from './IntervalBar';
import { IntervalBar } from './IntervalBar';
import { VersionDetails } from './VersionDetails';

export interface VersionItemProps {
  readonly model: string;
  readonly version: VersionWire;
  readonly scale: Scale | null;
  readonly open: boolean;
  readonly onToggle: () => void;
}

export function VersionItem(props: VersionItemProps): React.ReactElement {
  const { model, version, scale, open, onToggle } = props;
  const details = `mlops-details-${model}-${version.number}`;
  const Caret = (open ? caretDownIcon : caretRightIcon).react;
  return (
    <li className={version.champion ? 'mlops-Version mlops-mod-champion' : 'mlops-Version'}>
      <button type="button" className="mlops-Version-row" aria-expanded={open} aria-controls={details} onClick={onToggle}>
        <Caret tag="span" className="mlops-Caret" width="16px" height="16px" />
        <span className="mlops-Version-lines">
          <Names version={version} />
          {version.headline && <Headline estimate={version.headline} scale={scale} />}
          <State version={version} />
        </span>
      </button>
      {open && (
        <div id={details}>
          <VersionDetails model={model} version={version} />
        </div>
      )}
    </li>
  );
}

function Names({ version }: { version: VersionWire }): React.ReactElement {
  return (
    <span className="mlops-Version-names">
      <span className="mlops-Version-number">Version {version.number}</span>
      {version.champion && (
        <span className="mlops-Champion" title="The version in charge: others have to beat it">
          <span aria-hidden="true">◆</span> champion
        </span>
      )}
      {version.aliases
        .filter(alias => alias !== 'champion')
        .map(alias => (
          <span key={alias} className="mlops-Chip" title={`Alias ${alias}`}>
            @{alias}
          </span>
        ))}
    </span>
  );
}

function Headline({ estimate, scale }: { estimate: EstimateWire; scale: Scale | null }): React.ReactElement {
  const level = estimate.level === null ? 'Interval' : `${Math.round(estimate.level * 100)} % interval`;
  return (
    <span className="mlops-Headline">
      <span>
        {metricName(estimate.name)} <strong>{valueOf(estimate)}</strong>
      </span>
      {interval(estimate) && (
        <span className="mlops-Quiet" title={level}>
          {interval(estimate)}
        </span>
      )}
      {scale && <IntervalBar estimate={estimate} scale={scale} />}
    </span>
  );
}

function State({ version }: { version: VersionWire }): React.ReactElement {
  const mark = verificationMark(version.verification);
  return (
    <span className="mlops-Version-state">
      <span className={`mlops-Mark mlops-mod-${mark.tone}`} title={verificationMeaning(version)}>
        <span aria-hidden="true">{mark.shape}</span> {mark.word}
      </span>
      <span className="mlops-Quiet" title={fullTime(version.created)}>
        {ago(version.created)} by {version.who}
      </span>
    </span>
  );
}
