// What went wrong, in one line, with the way out beside it.

import * as React from 'react';

export interface ErrorNoticeProps {
  readonly message: string;
  /** When what is still shown below was true; null if nothing is shown. */
  readonly shownFrom: Date | null;
  readonly onRetry: () => void;
}

export function ErrorNotice({ message, shownFrom, onRetry }: ErrorNoticeProps): React.ReactElement {
  const time = shownFrom?.toLocaleTimeString(undefined, { timeStyle: 'short' });
  return (
    <div className="mlops-Error" role="alert">
      <p>
        <span className="mlops-Error-shape" aria-hidden="true">
          ✕
        </span>
        {message}
      </p>
      <div className="mlops-Error-foot">
        <span>{time ? `Below: as it was at ${time}.` : ''}</span>
        <button type="button" className="mlops-Button" onClick={onRetry}>
          Try again
        </button>
      </div>
    </div>
  );
}
