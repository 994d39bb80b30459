// Our own icon: the versions of a line, and the one that was raised above them.

import { LabIcon } from '@jupyterlab/ui-components';

// Lab recolours every element of class jp-icon3 that has a fill or a stroke; "none" must stand on one without it.
const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" d="M12 2 21.5 6.9 12 11.8 2.5 6.9Z"/>
  <g fill="none" stroke-width="2" stroke-linejoin="round" stroke-linecap="round">
    <path class="jp-icon3" stroke="#616161" d="M3.2 12 12 16.5 20.8 12"/>
    <path class="jp-icon3" stroke="#616161" d="M3.2 16.7 12 21.2 20.8 16.7"/>
  </g>
</svg>`;

export const modelsIcon = new LabIcon({ name: 'ipymlops:models', svgstr });
