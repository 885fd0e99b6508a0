import { describe, expect, it } from 'vitest';
import { emptyRle, rleFromBox } from '../../masks/index.js';
import type { EvaluationReport } from '../evaluationReport.js';
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

  it('are rows of one line, whatever line ends and spaces a name has', () => {
    const scores = scoresOf('two\nlines\tand  spaces');
    expect(renderReport(scores, 'latex')).toContain('category two lines and spaces & 1 & 60.00');
    expect(renderReport(scores, 'markdown')).toContain('| category two lines and spaces | 1 | 60.00 |');
    for (const end of ['\n', '\r']) {
      expect(renderReport(scoresOf(`a${end}b`), 'csv')).toContain(`rrsis,,category,"a${end}b",1,60`);
    }
  });

  it('of an evaluation have a table for each size and for the control', () => {
    const at = (share: number) => {
      const scorer = createScorer('rrsis', { targetSizes: true });
      const truth = rleFromBox([0, 0, 10, 10], 20, 20);
      scorer.add({ kind: 'single', category: 'car', predicted: rleFromBox([0, 0, 10, share], 20, 20), truth });
      return { ...scorer.result(), ...(scorer.targetResult() ?? expect.fail('no target scores')), construct: {} };
    };
    const report: EvaluationReport = {
      ...at(7),
      scoredAt: '480x480',
      native: at(6),
      model: { name: 'm', model: 'lavt', preset: 'tiny', imageSizePx: 64 },
      data: [
        { name: 'one', samples: 1 },
        { name: 'two', samples: 0 },
      ],
      split: 'val',
      control: { name: 'mirrored', changed: 1, leftOut: 0, own: at(8).all, asked: at(3).all },
      settings: { language: 'all', limit: null, seed: 0, threshold: 0.5, existsThreshold: 0.5, views: 1 },
      broken: { pictures: 0, records: 0 },
      cutSentences: 0,
    };
    const csv = renderReport(report, 'csv').split('\n');
    expect(csv).toContain('rrsis,at 480x480,all,all,1,70,70,100,100,100,0,0');
    expect(csv).toContain('rrsis,at native,all,all,1,60,60,100,100,0,0,0');
    expect(csv).toContain('rrsis,"samples that the control changes, at 480x480",control,own,1,80,80,100,100,100,100,0');
    expect(csv).toContain('rrsis,"samples that the control changes, at 480x480",control,mirrored,1,30,30,0,0,0,0,0');
    const text = renderReport(report, 'table');
    expect(text.split('\n')[0]).toBe(
      'm (lavt tiny) on one + two val: protocol rrsis, size 480x480 and native, control mirrored',
    );
    expect(text).toMatch(/^own sentences +1 +80\.00/m);
    expect(text).toMatch(/^mirrored +1 +30\.00/m);
    expect(text).toMatch(/^target large +1 +70\.00/m);
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
