// Lab draws a Vega chart for the theme it finds and leaves it at that: black titles on a dark page after a switch.
// So the charts of open notebooks are drawn again when light turns dark or dark turns light.

import type { IThemeManager } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { Widget } from '@lumino/widgets';

const CHART = 'jp-RenderedVegaCommon5';

export function redrawWithTheme(themes: IThemeManager, tracker: INotebookTracker): void {
  themes.themeChanged.connect((_, { oldValue, newValue }) => {
    if (oldValue && newValue && themes.isLight(oldValue) !== themes.isLight(newValue)) {
      tracker.forEach(notebook => notebook.content.widgets.forEach(redrawCell));
    }
  });
}

function redrawCell(cell: Widget): void {
  if (!isCodeCell(cell)) {
    return;
  }
  const { model, widgets } = cell.outputArea;
  widgets.forEach((panel, index) => {
    const output = index < model.length ? model.get(index) : null;
    for (const child of output ? panel.children() : []) {
      if (output && isChart(child)) {
        void child.renderModel(output);
      }
    }
  });
}

interface CodeCellLike extends Widget {
  readonly outputArea: {
    readonly widgets: readonly Widget[];
    readonly model: { readonly length: number; get(index: number): IRenderMime.IMimeModel };
  };
}

function isCodeCell(widget: Widget): widget is CodeCellLike {
  return 'outputArea' in widget;
}

function isChart(widget: Widget): widget is IRenderMime.IRenderer {
  return widget.hasClass(CHART) && 'renderModel' in widget;
}
