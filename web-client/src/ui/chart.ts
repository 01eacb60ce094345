/** Charts of the tables beside them (Apache ECharts, drawn on a canvas): bars, months, parts, Peru as tiles. */

import { BarChart, PieChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { h } from "./dom.ts";
import { TILES } from "./tiles.ts";
import { language, words } from "./words.ts";

echarts.use([
  BarChart,
  PieChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
  AriaComponent,
  CanvasRenderer,
]);

/** A table: the names of its columns after the first, and its rows. */
export interface Table {
  readonly series: readonly string[];
  readonly rows: readonly Row[];
}
export interface Row {
  readonly name: string;
  readonly values: readonly number[];
  readonly texts: readonly string[];
  readonly department: string;
}

type Option = echarts.EChartsCoreOption;
const COLOURS = ["#8c1d18", "#1f5a7a", "#b7791f", "#3f6f4f", "#6b4c86", "#7a7a7a"];

/** `<figure data-chart>`: the chart of its own table, above it. */
export function fillChart(figure: HTMLElement): void {
  const table = figure.querySelector("table");
  const build = OPTIONS[figure.dataset.chart ?? ""];
  if (!table || !build) return;
  const read = readTable(table);
  if (!read.rows.length) return;
  const caption = figure.querySelector("figcaption")?.textContent?.trim() ?? "";
  const canvas = h("div", {
    class: `chart chart-${figure.dataset.chart}`,
    role: "img",
    "aria-label": words("chart-of", caption),
  });
  canvas.style.height = `${heightOf(figure.dataset.chart ?? "", read)}px`;
  (table.closest("details") ?? table).before(canvas);
  const chart = echarts.init(canvas, null, { renderer: "canvas", locale: "EN" });
  const style = getComputedStyle(figure);
  chart.setOption({
    textStyle: { fontFamily: style.fontFamily, color: style.color, fontSize: 13 },
    color: COLOURS,
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    // drawn, not HTML: ECharts' own tooltip would need inline styles
    tooltip: { renderMode: "richText", confine: true },
    ...build(read),
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
  addEventListener("beforeprint", () => chart.resize());
}

/** Read the numbers of a table: `data-value` of a cell, else its text. */
export function readTable(table: HTMLTableElement): Table {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].slice(1).map(cell => cell.textContent?.trim() ?? "");
  const rows = [...table.tBodies]
    .flatMap(body => [...body.rows])
    .map(row => {
      const [first, ...cells] = [...row.cells];
      const texts = cells.map(cell => cell.textContent?.trim() ?? "");
      const values = cells.map((cell, at) => numberOf(cell.dataset.value ?? texts[at] ?? ""));
      return {
        name: first?.textContent?.trim() ?? "",
        values,
        texts,
        department: row.dataset.department ?? "",
      };
    });
  return { series: heads, rows };
}

/** A number as the portal writes it, thousands by comma or space; NaN where it is none. */
export function numberOf(text: string): number {
  const plain = text.replace(/[^0-9.,-]/g, "").replaceAll(",", "");
  return plain === "" ? Number.NaN : Number(plain);
}

const OPTIONS: Readonly<Record<string, (table: Table) => Option>> = {
  // the first column alone: orders and soles have no axis in common, and the table tells both
  months: table => ({
    grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: table.rows.map(row => row.name), axisTick: { show: false } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { formatter: short } },
    series: [{ type: "bar", name: table.series[0], data: column(table, 0), barMaxWidth: 36 }],
  }),
  bars: table => ({
    grid: { left: 8, right: 24, top: 4, bottom: 4, containLabel: true },
    xAxis: { type: "value", axisLabel: { formatter: short } },
    yAxis: {
      type: "category",
      inverse: true,
      data: table.rows.map(row => row.name),
      axisLabel: { width: 150, overflow: "truncate" },
      axisTick: { show: false },
    },
    series: [{ type: "bar", name: table.series[0], data: column(table, 0), barMaxWidth: 22 }],
  }),
  parts: table => ({
    tooltip: { renderMode: "richText", confine: true, trigger: "item" },
    legend: { bottom: 0, type: "scroll" },
    series: [
      {
        type: "pie",
        radius: ["45%", "72%"],
        center: ["50%", "44%"],
        label: { formatter: "{d} %" },
        data: table.rows.map(row => ({ name: row.name, value: row.values[0] })),
      },
    ],
  }),
  tiles: table => tiles(table),
};

/** The departments as equal tiles that stand about where they lie; the colour tells the first column. */
function tiles(table: Table): Option {
  const byCode = new Map(table.rows.map(row => [row.department, row]));
  const amount = (code: string) => byCode.get(code)?.values[0] || 0;
  const most = Math.max(1, ...TILES.map(([code]) => amount(code)));
  const placed = TILES.map(([code, letters, name, x, y]) => ({
    name,
    letters,
    value: [x, y, amount(code)],
    text: byCode.get(code)?.texts[0] ?? "0",
    label: { color: amount(code) > 0.72 * most ? "#ffffff" : "#2a2018" },
  }));
  return {
    grid: { left: 4, right: 4, top: 4, bottom: 40 },
    xAxis: { show: false, min: -0.6, max: 5.6 },
    yAxis: { show: false, inverse: true, min: -0.6, max: 8.6 },
    visualMap: {
      min: 0,
      max: most,
      dimension: 2,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 120,
      formatter: short,
      inRange: { color: ["#f3ece4", "#d99a7c", "#8c1d18"] },
    },
    tooltip: {
      renderMode: "richText",
      confine: true,
      formatter: (one: { data: { name: string; text: string } }) => `${one.data.name}: ${one.data.text}`,
    },
    series: [
      {
        type: "scatter",
        symbol: "roundRect",
        symbolSize: 46,
        data: placed,
        label: {
          show: true,
          fontSize: 11,
          formatter: (one: { data: { letters: string } }) => one.data.letters,
        },
        itemStyle: { borderColor: "#8884", borderWidth: 1 },
      },
    ],
  };
}

function column(table: Table, at: number): (number | null)[] {
  return table.rows.map(row => (Number.isFinite(row.values[at]) ? (row.values[at] as number) : null));
}

/** 1 200 000 as 1.2 M. */
function short(value: number): string {
  return new Intl.NumberFormat(language() === "es" ? "es-PE" : "en", {
    notation: "compact",
    maximumFractionDigits: 1,
  }).format(value);
}

function heightOf(kind: string, table: Table): number {
  if (kind === "bars") return Math.max(120, 30 * table.rows.length + 40);
  return kind === "tiles" ? 500 : 300;
}
