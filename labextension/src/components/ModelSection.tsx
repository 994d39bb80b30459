// One model line: its name, its versions newest first. The champion is never folded away.

import * as React from 'react';

import { count } from '../format';
import type { ModelWire, VersionWire } from '../wire';
import { scaleOf } from './IntervalBar';
import { VersionItem } from './VersionItem';

const SHOWN = 5;

export interface ModelSectionProps {
  readonly model: ModelWire;
  readonly open: ReadonlySet<string>;
  readonly unfolded: boolean;
  readonly onToggle: (ref: string) => void;
  readonly onUnfold: () => void;
}

export function ModelSection(props: ModelSectionProps): React.ReactElement {
  const { model, open, unfolded, onToggle, onUnfold } = props;
  const shown = unfolded ? model.versions : model.versions.filter(isShown);
  const hidden = model.versions.length - shown.length;
  const heading = `mlops-model-${model.name}`;
  return (
    <section className="mlops-Model" aria-labelledby={heading}>
      <div className="mlops-Model-head">
        <h3 id={heading} title={model.name}>
          {model.name}
        </h3>
        <span className="mlops-Quiet">
          {count(model.versions.length, 'version')}
          {model.champion === null ? ', no champion' : ''}
        </span>
      </div>
      <ul>
        {shown.map(version => (
          <VersionItem
            key={version.number}
            model={model.name}
            version={version}
            scale={scaleOf(model.versions)}
            open={open.has(`${model.name}@${version.number}`)}
            onToggle={() => onToggle(`${model.name}@${version.number}`)}
          />
        ))}
      </ul>
      {(hidden > 0 || unfolded) && (
        <button type="button" className="mlops-More" aria-expanded={unfolded} onClick={onUnfold}>
          {unfolded ? 'Show only the newest' : `Show ${count(hidden, 'more version')}`}
        </button>
      )}
    </section>
  );
}

function isShown(version: VersionWire, index: number): boolean {
  return index < SHOWN || version.champion;
}
