// The whole panel: header, then the models, or what to do to get one, or what went wrong, where it went wrong.

import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { PanelState } from '../model';
import type { ModelsWire } from '../wire';
import { EmptyState } from './EmptyState';
import { ErrorNotice } from './ErrorNotice';
import { ModelSection } from './ModelSection';

export interface ModelsViewProps {
  readonly state: PanelState;
  readonly onRefresh: () => void;
  readonly onToggle: (ref: string) => void;
  readonly onUnfold: (model: string) => void;
}

export function ModelsView(props: ModelsViewProps): React.ReactElement {
  const { answer, error, at } = props.state;
  return (
    <>
      <Header answer={answer} onRefresh={props.onRefresh} />
      <div className="mlops-Body">
        {error !== null && <ErrorNotice message={error} shownFrom={answer ? at : null} onRetry={props.onRefresh} />}
        {answer ? <Models {...props} answer={answer} /> : error === null && <p className="mlops-Waiting">Reading…</p>}
      </div>
    </>
  );
}

function Header(props: { answer: ModelsWire | null; onRefresh: () => void }): React.ReactElement {
  const project = props.answer?.project;
  return (
    <header className="mlops-Header">
      <h2>Models</h2>
      <span className="mlops-Header-project" title={project ? `Project folder: ${project.folder}` : undefined}>
        {project?.name}
      </span>
      <button type="button" className="mlops-IconButton" title="Refresh" aria-label="Refresh models" onClick={props.onRefresh}>
        <refreshIcon.react tag="span" width="16px" height="16px" />
      </button>
    </header>
  );
}

function Models(props: ModelsViewProps & { answer: ModelsWire }): React.ReactElement {
  const { project, models } = props.answer;
  if (models.length === 0) {
    return <EmptyState project={project} />;
  }
  return (
    <>
      {models.map(model => (
        <ModelSection
          key={model.name}
          model={model}
          open={props.state.open}
          unfolded={props.state.unfolded.has(model.name)}
          onToggle={props.onToggle}
          onUnfold={() => props.onUnfold(model.name)}
        />
      ))}
    </>
  );
}
