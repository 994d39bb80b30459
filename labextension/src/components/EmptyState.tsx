// Nothing is registered yet: say what to type.

import * as React from 'react';

import { modelsIcon } from '../icon';
import type { ProjectWire } from '../wire';
import { CopyLine } from './CopyLine';

export function EmptyState({ project }: { project: ProjectWire | null }): React.ReactElement {
  return (
    <section className="mlops-Empty">
      <modelsIcon.react tag="span" className="mlops-Empty-icon" width="40px" height="40px" />
      <h3>No models yet</h3>
      <p>
        {project
          ? 'Nothing is registered in this project.'
          : 'The folder of this notebook belongs to no project; the first model you register starts one.'}{' '}
        Once a model is trained, run in its notebook:
      </p>
      <ol>
        <li>
          <CopyLine line="%load_ext ipymlops" />
        </li>
        <li>
          <CopyLine line="%mlops register model --name my-model --test X_test y_test" />
        </li>
      </ol>
      <p className="mlops-Quiet">
        Replace <code>model</code>, <code>X_test</code> and <code>y_test</code> with the names in your notebook.
      </p>
    </section>
  );
}
