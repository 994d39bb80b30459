// A line of code that one click copies. It wraps between words only, never inside an option.

import { Clipboard } from '@jupyterlab/apputils';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

const SAID = 1500;

export function CopyLine({ line }: { line: string }): React.ReactElement {
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => {
    const timer = copied ? window.setTimeout(() => setCopied(false), SAID) : undefined;
    return () => window.clearTimeout(timer);
  }, [copied]);
  const Icon = (copied ? checkIcon : copyIcon).react;
  const copy = (): void => {
    Clipboard.copyToSystem(line);
    setCopied(true);
  };
  return (
    <div className="mlops-CopyLine">
      <code>
        {line.split(' ').map((word, index) => (
          <React.Fragment key={index}>
            {index > 0 && ' '}
            <span>{word}</span>
          </React.Fragment>
        ))}
      </code>
      <button
        type="button"
        className="mlops-IconButton"
        title={copied ? 'Copied' : 'Copy'}
        aria-label={copied ? 'Copied' : `Copy ${line}`}
        onClick={copy}
      >
        <Icon tag="span" width="14px" height="14px" />
      </button>
    </div>
  );
}
