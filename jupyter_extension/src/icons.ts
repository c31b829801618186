import { LabIcon } from '@jupyterlab/ui-components';

// Three cells, the last one joined to the first: what happened, and where it came from.
const TRAIL = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <path d="M3 3h9v4H3zM7 10h9v4H7zM11 17h10v4H11z"/>
    <path d="M4 8h1.5v3.2H7v1.6H4zM8 15h1.5v3.2H11v1.6H8z"/>
  </g>
</svg>`;

// An arrow that goes round, over a cell.
const RUN_STALE = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" d="M12 4V1L7 5.5 12 10V7a5 5 0 1 1-5 5H4a8 8 0 1 0 8-8zM10 10v5l4-2.5z"/>
</svg>`;

export const runStaleIcon = new LabIcon({
  name: 'celltrail:run-stale',
  svgstr: RUN_STALE
});

export const trailIcon = new LabIcon({
  name: 'celltrail:trail',
  svgstr: TRAIL
});
