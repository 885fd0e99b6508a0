import { describeReport, type EvaluationReport } from '../evaluationReport.js';
import type { ScoreResult } from '../scorer.js';
import { csvReport } from './csvReport.js';
import { latexReport } from './latexReport.js';
import { markdownReport } from './markdownReport.js';
import { evaluationTables, scoreTables, type TabularReport } from './scoreTable.js';
import { textReport } from './textReport.js';

/** Forms that scores can be written in. */
export const reportFormats = ['table', 'json', 'csv', 'markdown', 'latex'] as const;

export type ReportFormat = (typeof reportFormats)[number];

const renderers: Readonly<Record<Exclude<ReportFormat, 'json'>, (report: TabularReport) => string>> = {
  table: textReport,
  csv: csvReport,
  markdown: markdownReport,
  latex: latexReport,
};

/** Writes the scores of `score` or of `evaluate` in a format; the text ends with a line end. */
export function renderReport(report: ScoreResult | EvaluationReport, format: ReportFormat): string {
  if (format === 'json') return `${JSON.stringify(report)}\n`;
  const tabular: TabularReport =
    'scoredAt' in report
      ? { description: describeReport(report), tables: evaluationTables(report) }
      : { description: null, tables: scoreTables(report) };
  return renderers[format](tabular);
}
