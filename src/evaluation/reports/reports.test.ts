import { describe, expect, it } from 'vitest';
import { emptyRle, rleFromBox } from '../../masks/index.js';
import { createScorer, type ScoreResult } from '../scorer.js';
import { renderReport } from './renderReport.js';

/** Scores of two samples whose category has every character that a format must quote. */
function scoresOf(category: string): ScoreResult {
  const scorer = createScorer('rrsis');
  const truth = rleFromBox([0, 0, 10, 10], 20, 20);
  scorer.add({ kind: 'single', category, predicted: rleFromBox([0, 0, 10, 6], 20, 20), truth });
  scorer.add({ kind: 'single', category: 'ship', predicted: emptyRle(20, 20), truth });
  return scorer.result();
}

describe('reports', () => {
  it('are aligned columns for a terminal', () => {
    const lines = renderReport(scoresOf('car'), 'table').split('\n');
    expect(lines[0]).toMatch(/^rrsis +samples {3}mIoU {3}oIoU {2}Pr@0\.5/);
    expect(lines[1]).toMatch(/^all +2 {2}30\.00 {2}30\.00 {3}50\.00/);
    expect(lines[3]).toMatch(/^multi +0 +- +- /);
    expect(new Set(lines.slice(0, -1).map(({ length }) => length)).size).toBe(1);
    expect(lines.at(-1)).toBe('');
  });

  it('are JSON as score defines it', () => {
    const scores = scoresOf('car');
    expect(JSON.parse(renderReport(scores, 'json'))).toEqual(scores);
  });

  it('quote names in CSV and leave cells empty where nothing can be averaged', () => {
    const csv = renderReport(scoresOf('a "b", c'), 'csv').split('\n');
    expect(csv[0]).toBe('protocol,table,group,name,samples,mIoU,oIoU,Pr@0.5,Pr@0.6,Pr@0.7,Pr@0.8,Pr@0.9');
    expect(csv[1]).toBe('rrsis,,all,all,2,30,30,50,50,0,0,0');
    expect(csv[3]).toBe('rrsis,,kind,multi,0,,,,,,,');
    expect(csv[5]).toBe('rrsis,,category,"a ""b"", c",1,60,60,100,100,0,0,0');
  });

  it('keep a name in its cell in Markdown', () => {
    const lines = renderReport(scoresOf('a|b_*<c>'), 'markdown').split('\n');
    expect(lines[0]).toBe('| rrsis | samples | mIoU | oIoU | Pr@0.5 | Pr@0.6 | Pr@0.7 | Pr@0.8 | Pr@0.9 |');
    expect(lines[1]).toMatch(/^\| --- \| ---: \| ---: /);
    expect(lines[6]).toMatch(/^\| category a\\\|b\\_\\\*\\<c\\> \| 1 \| 60\.00 \|/);
  });

  it('escape names in LaTeX and use booktabs', () => {
    const text = renderReport(scoresOf('50% & #1_a ~ ^ {\\}$'), 'latex');
    expect(text).toContain(
      'category 50\\% \\& \\#1\\_a \\textasciitilde{} \\textasciicircum{} \\{\\textbackslash{}\\}\\$ & 1 & 60.00',
    );
    expect(text).toContain('\\begin{tabular}{lrrrrrrrr}\n\\toprule\nrrsis & samples & mIoU');
    expect(text).toMatch(/multi & 0 & -- .* \\\\\n/);
    expect(text.match(/\\midrule/g)).toHaveLength(3);
    expect(text.trimEnd().endsWith('\\bottomrule\n\\end{tabular}')).toBe(true);
  });
});
