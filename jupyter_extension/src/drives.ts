/** Where the server has what JupyterLab shows. */

import type { Contents } from '@jupyterlab/services';

/**
 * Return a path as the server knows it; null where it is on another drive.
 *
 * The drive of real-time collaboration shows the server's own files.
 */
export function serverPath(
  contents: Contents.IManager,
  path: string
): string | null {
  const drive = contents.driveName(path);
  return drive === '' || drive === 'RTC' ? contents.localPath(path) : null;
}
