import cellmarks from './plugins/cellmarks';
import commands from './plugins/commands';
import sidebar from './plugins/sidebar';
import status from './plugins/status';
import trail from './plugins/trail';

export default [trail, sidebar, commands, status, cellmarks];
