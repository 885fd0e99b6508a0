import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeHtml } from '../files/index.js';
import type { DatasetInfo } from './datasetInfo.js';
import { type DatasetStatistics, positionCells, type StatisticsTable } from './datasetStatistics.js';
import { csvName } from './statisticsCsv.js';

/** Words that say nothing about a set. */
const emptyWords = new Set([
  'the',
  'a',
  'an',
  'of',
  'in',
  'on',
  'at',
  'to',
  'and',
  'is',
  'are',
  'that',
  'with',
  'by',
  'it',
  '的',
  '在',
  '和',
  '是',
  '了',
]);
const shownCategories = 40;
const shownWords = 30;
const hue = '#1f6f8b';
const languageNames = { en: 'English', zh: 'Chinese' } as const;

/** A chart with its heading and the name of its CSV. */
interface Chart {
  readonly title: string;
  readonly note: string;
  readonly file: keyof DatasetStatistics;
  readonly svg: string;
}

type Row = Record<string, string | number>;

const records = ({ columns, rows }: StatisticsTable): Row[] =>
  rows.map((row) => Object.fromEntries(row.map((cell, index) => [columns[index], cell])));

const count = (value: number): string => value.toLocaleString('en');

/** Areas as people read them: 1.5k, 2M. */
function shortNumber(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  return value >= 1e4 ? `${Number((value / 1e3).toPrecision(3))}k` : count(value);
}

/** Draws a chart into text. Charts are numbered, so that the same statistics give the same page. */
function createDrawing(): (options: Plot.PlotOptions) => string {
  const { document } = parseHTML('<html><body></body></html>');
  let number = 0;
  return (options) => {
    number += 1;
    const drawn = Plot.plot({
      document: document as unknown as Document,
      className: `chart-${number}`,
      width: 620,
      style: { fontSize: '12px', background: 'transparent' },
      ...options,
    });
    return drawn.outerHTML;
  };
}

/** Where splits usually stand. */
const splitOrder = ['train', 'val', 'valid', 'test', 'testA', 'testB'];
const kindColours = { single: hue, multi: '#e0a458', none: '#9aa5ab' } as const;
/** Up to so many sizes of images are bars; more are a map. */
const maxSizeBars = 12;
/** Longer sentences, and sentences about more things, share the last column. */
const mostWords = 40;
const mostTargets = 20;

/** Ticks at whole numbers where counts are small. */
const countTicks = (rows: readonly Row[], value: string): number =>
  Math.min(6, Math.max(1, ...rows.map((row) => Number(row[value]))));

/** Labels of the whole numbers from the least to the most, without gaps; `most+` where there are larger ones. */
function wholeNumbers(rows: readonly Row[], name: string, most: number): string[] {
  const values = rows.map((row) => Number(row[name]));
  const least = Math.min(most, ...values);
  const last = Math.min(most, Math.max(...values));
  return Array.from({ length: last - least + 1 }, (_, index) => numberLabel(least + index, most, Math.max(...values)));
}

const numberLabel = (value: number, most: number, largest: number): string =>
  value >= most && largest > most ? `${most}+` : String(value);

/** The same rows with `label`, the largest together in one for each value of the other columns. */
function capped(rows: readonly Row[], name: string, value: string, most: number): Row[] {
  const largest = Math.max(...rows.map((row) => Number(row[name])));
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const label = numberLabel(Number(row[name]), most, largest);
    const key = `${row.language ?? ''} ${label}`;
    const known = merged.get(key);
    merged.set(key, { ...row, label, [value]: Number(row[value]) + Number(known?.[value] ?? 0) });
  }
  return [...merged.values()];
}

/** The forms of chart that the page uses. */
function chartForms(draw: (options: Plot.PlotOptions) => string) {
  return {
    /** Bars to the right, the longest on top unless `domain` gives an order. */
    bars(rows: Row[], value: string, name: string, label: string, domain?: readonly string[]): string {
      return draw({
        marginLeft: 150,
        marginRight: 64,
        marginTop: 6,
        marginBottom: 44,
        height: 50 + 22 * rows.length,
        x: { label, grid: true, nice: true, ticks: countTicks(rows, value), labelOffset: 36 },
        y: { label: null, ...(domain ? { domain: [...domain] } : {}) },
        marks: [
          Plot.barX(rows, { x: value, y: name, fill: hue, ...(domain ? {} : { sort: { y: '-x' } }) }),
          Plot.text(rows, {
            x: value,
            y: name,
            text: (row: Row) => count(Number(row[value])),
            textAnchor: 'start',
            dx: 4,
          }),
          Plot.ruleX([0]),
        ],
      });
    },
    /** Columns in the order of `domain`, one above the other for each `facet`. */
    columns(
      rows: Row[],
      at: (row: Row) => string | number,
      value: string,
      domain: readonly (string | number)[],
      labels: readonly [string, string],
      facet?: string,
    ): string {
      const facets = facet === undefined ? 1 : new Set(rows.map((row) => row[facet])).size;
      const crowded = domain.length > 24;
      const turned = domain.length > 10 && domain.some((label) => String(label).length > 4);
      return draw({
        marginBottom: turned ? 60 : 46,
        marginTop: 30,
        marginLeft: 64,
        marginRight: facets > 1 ? 64 : 20,
        height: 110 + 170 * facets,
        x: {
          type: 'band',
          domain: [...domain],
          label: labels[0],
          labelOffset: turned ? 54 : 38,
          tickRotate: turned ? -35 : 0,
          ...(crowded ? { ticks: domain.filter((_, index) => index % 4 === 0) } : {}),
        },
        y: { label: labels[1], grid: true, nice: true, ticks: countTicks(rows, value) },
        fy: { label: null },
        marks: [Plot.barY(rows, { x: at, y: value, fill: hue, ...(facets > 1 ? { fy: facet } : {}) }), Plot.ruleY([0])],
      });
    },
    /** How often each pair of sizes stands, in classes. */
    sizeMap(rows: Row[]): string {
      const total = { fill: (found: Row[]) => found.reduce((sum, row) => sum + Number(row.images), 0) };
      return draw({
        height: 420,
        marginLeft: 64,
        marginTop: 30,
        marginBottom: 46,
        x: { label: 'width (px)', nice: true, tickFormat: 'd', labelOffset: 38 },
        y: { label: 'height (px)', nice: true, tickFormat: 'd' },
        color: { scheme: 'YlGnBu' },
        marks: [
          Plot.rect(
            rows,
            Plot.bin(total, {
              x: { value: 'width', thresholds: 24 },
              y: { value: 'height', thresholds: 24 },
            }),
          ),
        ],
      });
    },
    /** The grid over the picture. */
    positions(rows: Row[]): string {
      const domain = Array.from({ length: positionCells }, (_, index) => index);
      return draw({
        width: 420,
        height: 420,
        margin: 12,
        x: { axis: null, domain },
        y: { axis: null, domain },
        color: { type: 'sqrt', scheme: 'YlGnBu', domain: [0, Math.max(1, ...rows.map((row) => Number(row.targets)))] },
        padding: 0,
        marks: [Plot.cell(rows, { x: 'column', y: 'row', fill: 'targets' }), Plot.frame({ stroke: '#8886' })],
      });
    },
    /** Samples of each split, divided by kind. */
    splits(rows: Row[]): string {
      const names = [...new Set(rows.map((row) => String(row.split)))];
      const place = (name: string): number =>
        splitOrder.includes(name) ? splitOrder.indexOf(name) : splitOrder.length;
      const kinds = Object.keys(kindColours);
      return draw({
        height: 60 + 40 * names.length,
        marginLeft: 80,
        marginTop: 6,
        marginBottom: 44,
        x: { label: 'samples', grid: true, labelOffset: 36 },
        y: { label: null, domain: names.sort((a, b) => place(a) - place(b)) },
        color: { domain: kinds, range: Object.values(kindColours) },
        marks: [Plot.barX(rows, { x: 'samples', y: 'split', fill: 'kind', order: kinds }), Plot.ruleX([0])],
      });
    },
  };
}

function charts(statistics: DatasetStatistics, hasSentences: boolean): Chart[] {
  const forms = chartForms(createDrawing());
  const things = hasSentences ? 'targets' : 'annotations';
  const categories = records(statistics.categories);
  const areas = records(statistics.maskAreas);
  const areaLabel = (row: Row): string => shortNumber(Number(row.from_px));
  const parts = records(statistics.maskParts);
  const partLabel = (row: Row): string => `${row.from_percent}%`;
  const sizes: Row[] = records(statistics.imageSizes).map((row) => ({ ...row, size: `${row.width} x ${row.height}` }));
  const more = categories.length > shownCategories ? `; the ${shownCategories} largest of ${categories.length}` : '';
  const list: Chart[] = [
    {
      title: `${hasSentences ? 'Targets' : 'Annotations'} per category`,
      note: `annotated things that ${hasSentences ? 'sentences refer to' : 'the set holds'}${more}`,
      file: 'categories',
      svg: forms.bars(categories.slice(0, shownCategories), 'targets', 'category', things),
    },
    {
      title: 'Mask area',
      note: 'pixels of a mask, in classes that double',
      file: 'maskAreas',
      svg: forms.columns(areas, areaLabel, 'targets', areas.map(areaLabel), ['from so many pixels', things]),
    },
    {
      title: 'Part of the picture',
      note: "a mask's area as a part of its picture",
      file: 'maskParts',
      svg: forms.columns(parts, partLabel, 'targets', parts.map(partLabel), ['from', things]),
    },
    {
      title: `Where the ${things} lie`,
      note: 'centres of their boxes on a grid over the picture; darker is more',
      file: 'positions',
      svg: forms.positions(records(statistics.positions)),
    },
    sizes.length > maxSizeBars
      ? { title: 'Image sizes', note: 'darker is more images', file: 'imageSizes', svg: forms.sizeMap(sizes) }
      : {
          title: 'Image sizes',
          note: 'width x height in pixels',
          file: 'imageSizes',
          svg: forms.bars(sizes, 'images', 'size', 'images'),
        },
  ];
  if (!hasSentences) return list;
  const lengths: Row[] = records(statistics.sentenceLengths).map((row) => ({
    ...row,
    language: languageNames[row.language as 'en' | 'zh'],
  }));
  const perSentence = records(statistics.targetsPerSentence);
  const label = (row: Row): string => String(row.label);
  list.push(
    {
      title: 'Sentence length',
      note: 'words of a sentence (Chinese is cut into words)',
      file: 'sentenceLengths',
      svg: forms.columns(
        capped(lengths, 'words', 'sentences', mostWords),
        label,
        'sentences',
        wholeNumbers(lengths, 'words', mostWords),
        ['words', 'sentences'],
        'language',
      ),
    },
    {
      title: 'Targets per sentence',
      note: 'none, one or several; a release without annotation ids counts as one',
      file: 'targetsPerSentence',
      svg: forms.columns(
        capped(perSentence, 'targets', 'sentences', mostTargets),
        label,
        'sentences',
        wholeNumbers(perSentence, 'targets', mostTargets),
        ['targets', 'sentences'],
      ),
    },
  );
  for (const language of ['en', 'zh'] as const) {
    const words = records(statistics.words).filter(
      (row) => row.language === language && !emptyWords.has(String(row.word)) && !/^\d+$/.test(String(row.word)),
    );
    if (words.length === 0) continue;
    list.push({
      title: `Words, ${languageNames[language]}`,
      note: `the ${Math.min(shownWords, words.length)} most common; articles and numbers are left out`,
      file: 'words',
      svg: forms.bars(words.slice(0, shownWords), 'count', 'word', 'times'),
    });
  }
  list.push({
    title: 'Samples per split',
    note: 'sentences about one thing, about several, about nothing',
    file: 'splits',
    svg: forms.splits(records(statistics.splits)),
  });
  return list;
}

const style = `
:root { color-scheme: light dark; --text: #1d2529; --muted: #5d6a70; --paper: #fff; --ground: #f2f4f5; --edge: #dde2e4; }
@media (prefers-color-scheme: dark) { :root { --text: #e6eaec; --muted: #9fabb0; --paper: #1b2124; --ground: #12171a; --edge: #2e373b; } }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1360px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { margin: 0; font-size: 26px; } h2 { margin: 0; font-size: 17px; }
p { margin: 4px 0 0; color: var(--muted); } a { color: inherit; }
.figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 24px 0; padding: 0; list-style: none; }
.figures li { background: var(--paper); border: 1px solid var(--edge); border-radius: 8px; padding: 10px 18px; min-width: 84px; }
.figures b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
.figures span { color: var(--muted); }
.charts { columns: 2 560px; column-gap: 16px; }
figure { margin: 0 0 16px; padding: 18px 20px; background: var(--paper); border: 1px solid var(--edge); border-radius: 8px; break-inside: avoid; }
figure svg { margin-top: 12px; max-width: 100%; height: auto; }
.key { display: flex; gap: 16px; margin-top: 8px; } .key i { display: inline-block; width: 12px; height: 12px; margin-right: 6px; border-radius: 2px; }
`;

const kindKey = `<div class="key">${Object.entries(kindColours)
  .map(([kind, colour]) => `<span><i style="background:${colour}"></i>${kind}</span>`)
  .join('')}</div>`;

/** The page of `dataset stats`: figures and charts as SVG, no script, nothing from the network. */
export function statisticsPage(info: DatasetInfo, statistics: DatasetStatistics): string {
  const figures: [string, number][] = [
    ['images', info.images],
    ['annotations', info.annotations],
    ['targets', info.targets],
    ['sentences', info.samples],
    ...(info.samples > 0
      ? ([
          ['single', info.kinds.single],
          ['multi', info.kinds.multi],
          ['none', info.kinds.none],
          ['English', info.languages.en],
          ['Chinese', info.languages.zh],
        ] as [string, number][])
      : []),
  ];
  const shown = charts(statistics, info.samples > 0).map(
    ({ title, note, file, svg }) =>
      `<figure><h2>${escapeHtml(title)}</h2><p>${escapeHtml(note)} · <a href="${csvName(file)}">CSV</a></p>${file === 'splits' ? kindKey : ''}${svg}</figure>`,
  );
  const title = `${info.format}: ${info.root.split('/').at(-1) ?? ''}`;
  const broken =
    statistics.broken > 0
      ? `<p>${statistics.broken === 1 ? '1 target with a broken mask is' : `${count(statistics.broken)} targets with broken masks are`} left out; see 'refersat dataset validate'.</p>`
      : '';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(info.files.slice(0, 4).join(', '))}${info.files.length > 4 ? ` and ${info.files.length - 4} more` : ''}</p>${broken}
<ul class="figures">${figures.map(([name, value]) => `<li><b>${count(value)}</b><span>${name}</span></li>`).join('')}</ul>
<div class="charts">
${shown.join('\n')}
</div>
</main></body></html>
`;
}
