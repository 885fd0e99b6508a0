import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Most points of a curve; more rows are averaged in bins. */
const mostPoints = 400;

interface Point {
  readonly step: number;
  readonly value: number;
  readonly name: string;
}

/** The values of a column over steps, averaged in bins where there are many. */
function curve(rows: readonly Record<string, number>[], column: string, name = column): Point[] {
  const own = rows.filter((row) => row[column] !== undefined && Number.isFinite(row[column]));
  const size = Math.max(1, Math.ceil(own.length / mostPoints));
  return Array.from({ length: Math.ceil(own.length / size) }, (_, bin) => {
    const part = own.slice(bin * size, (bin + 1) * size);
    const value = part.reduce((sum, row) => sum + row[column], 0) / part.length;
    return { step: part[part.length - 1].step, value, name };
  });
}

function draw(label: string, points: readonly Point[]): string {
  const { document } = parseHTML('<html><body></body></html>');
  const drawn = Plot.plot({
    document: document as unknown as Document,
    className: 'curve',
    width: 720,
    height: 360,
    marginRight: 90,
    style: { fontSize: '12px', background: 'white' },
    x: { label: 'step', nice: true },
    y: { label, grid: true, nice: true, zero: true },
    marks: [
      Plot.ruleY([0]),
      Plot.lineY(points, { x: 'step', y: 'value', z: 'name', stroke: 'name', curve: 'linear' }),
      Plot.dot(points, Plot.selectLast({ x: 'step', y: 'value', z: 'name', fill: 'name', r: 2.5 })),
      Plot.text(
        points,
        Plot.selectLast({ x: 'step', y: 'value', z: 'name', text: 'name', textAnchor: 'start', dx: 6, fill: 'name' }),
      ),
    ],
  });
  const svg = drawn.outerHTML;
  return svg.includes('xmlns=') ? svg : svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
}

/** The curves of a run as SVG files by name: loss and its terms, IoU and validation scores, learning rate. */
export function trainingCurves(rows: readonly Record<string, number>[]): Record<string, string> {
  const columns = new Set(rows.flatMap((row) => Object.keys(row)));
  const named = (names: readonly string[]): Point[] =>
    names.filter((name) => columns.has(name)).flatMap((name) => curve(rows, name));
  const scores = [...columns].filter((name) => name.startsWith('val_') && !name.includes('Pr@'));
  return {
    'loss.svg': draw('loss', named(['loss', 'crossEntropy', 'dice', 'focal', 'noTarget', 'categories'])),
    'scores.svg': draw('percent', named(['iou', ...scores])),
    'learning-rate.svg': draw('learning rate', named(['learningRate'])),
  };
}
