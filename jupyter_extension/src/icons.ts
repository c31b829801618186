import { LabIcon } from '@jupyterlab/ui-components';

// Three cells, the last one joined to the first: what happened, and where it came from.
const TRAIL = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <path d="M3 3h9v4H3zM7 10h9v4H7zM11 17h10v4H11z"/>
    <path d="M4 8h1.5v3.2H7v1.6H4zM8 15h1.5v3.2H11v1.6H8z"/>
  </g>
</svg>`;

export const trailIcon = new LabIcon({
  name: 'celltrail:trail',
  svgstr: TRAIL
});
