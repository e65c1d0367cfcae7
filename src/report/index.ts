export { type Band, type BandsPlotOptions, plotBands } from './bandsPlot.js';
export { type Boxes, type BoxesPlotOptions, plotBoxes } from './boxesPlot.js';
export { formatCsv } from './csv.js';
export { type Description, describe } from './describe.js';
export type { Axis } from './frame.js';
export { plotGraphs, type WeightGraph } from './graphPlot.js';
export { type HeatPlotOptions, plotHeat } from './heatPlot.js';
export { plotChangeHistogram } from './histogram.js';
export { formatReport, type ReportDocument, type ReportFigure, type ReportTable } from './htmlReport.js';
export { plotImages } from './imagesPlot.js';
export { type Line, type LinesPlotOptions, type Mark, plotLines } from './linesPlot.js';
export type { NodesPlotOptions, PlottedNode } from './nodesPanel.js';
export { plotNodes } from './nodesPlot.js';
export type { Pixels } from './pixels.js';
export { expectPng, isPng, type PngOptions, renderPng, savePlot } from './png.js';
export {
  type ColourMap,
  colourMaps,
  plotRegions,
  type RegionsPlotOptions,
  type RegionsTile,
  type RegionsWindow,
} from './regionsPlot.js';
export { type ClassedTable, plotScatterMatrix } from './scatterMatrix.js';
export { type PointGroup, plotScatter, type ScatterPanel, type ScatterPlotOptions } from './scatterPlot.js';
export {
  type Cell,
  type Column,
  formatDuration,
  formatIndices,
  formatNumber,
  formatPercent,
  formatTable,
} from './text.js';
export type { AxisFormat } from './ticks.js';
export { plotTiles, type Tiles, type TilesPlotOptions } from './tilesPlot.js';
