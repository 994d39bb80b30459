// Registers what JupyterLab can see of us: the panel, its commands, its place in the layout.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, IThemeManager } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { refreshIcon } from '@jupyterlab/ui-components';

import { redrawWithTheme } from './charts';
import { changes, fetchModels } from './client';
import { FolderFollower } from './folder';
import { modelsIcon } from './icon';
import { PanelModel } from './model';
import { ModelsPanel } from './panel';

const PANEL = 'ipymlops-models';
const CATEGORY = 'MLOps';

const models: JupyterFrontEndPlugin<void> = {
  id: 'ipymlops:models',
  description: 'Lists the models, versions and champions of the project that the current notebook works in.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const { serviceManager, shell, commands } = app;
    const settings = serviceManager.serverSettings;
    const model = new PanelModel(folder => fetchModels(settings, folder));
    const follower = new FolderFollower(tracker, path => serviceManager.contents.localPath(path));
    const panel = new ModelsPanel({ model, follower, changes: changes(serviceManager.events) });
    panel.id = PANEL;
    shell.add(panel, 'right', { rank: 900, type: 'MLOps' });
    restorer?.add(panel, PANEL);

    commands.addCommand('ipymlops:open-panel', {
      label: 'Show Models of This Project',
      caption: 'Show the models, versions and champion of the project of the current notebook',
      icon: modelsIcon,
      execute: () => shell.activateById(PANEL)
    });
    commands.addCommand('ipymlops:refresh', {
      label: 'Refresh Models',
      icon: refreshIcon,
      execute: () => panel.refresh()
    });
    for (const command of ['ipymlops:open-panel', 'ipymlops:refresh']) {
      palette?.addItem({ command, category: CATEGORY });
    }
  }
};

const charts: JupyterFrontEndPlugin<void> = {
  id: 'ipymlops:charts',
  description: 'Draws the charts of open notebooks again when the theme turns light or dark.',
  autoStart: true,
  requires: [IThemeManager, INotebookTracker],
  activate: (_: JupyterFrontEnd, themes: IThemeManager, tracker: INotebookTracker): void => {
    redrawWithTheme(themes, tracker);
  }
};

export default [models, charts];
