// Our own icon: two versions of a line, and the one that was raised above them.

import { LabIcon } from '@jupyterlab/ui-components';

const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="none" stroke="#616161" stroke-width="2" stroke-linejoin="round" stroke-linecap="round">
    <path d="M12 2.8 21 7.4 12 12 3 7.4Z" fill="#616161" class="jp-icon3"/>
    <path d="M3 12 12 16.6 21 12"/>
    <path d="M3 16.6 12 21.2 21 16.6"/>
  </g>
</svg>`;

export const modelsIcon = new LabIcon({ name: 'ipymlops:models', svgstr });
