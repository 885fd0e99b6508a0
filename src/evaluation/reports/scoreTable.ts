import type { EvaluationReport, GroupedScores } from '../evaluationReport.js';
import type { Protocol } from '../sampleScore.js';
import { type ScoreResult, type Scores, scoreNames } from '../scorer.js';

/** One row: the scores of a group of samples. */
export interface ScoreRow {
  readonly group: 'all' | 'targets' | 'kind' | 'size' | 'construct' | 'category' | 'control';
  /** Which of the group: `single`, `small`, `ship`. */
  readonly name: string;
  /** The two as a table shows them. */
  readonly label: string;
  readonly scores: Scores;
}

/** Rows that one format or another writes. */
export interface ScoreTable {
  readonly protocol: Protocol;
  /** What tells it from other tables of the report: the size scored at. */
  readonly title: string;
  /** Names of the scores, in the order of the columns. */
  readonly columns: readonly string[];
  readonly rows: readonly ScoreRow[];
}

/** Tables with a line that says what they are of; `null` where only the protocol is known. */
export interface TabularReport {
  readonly description: string | null;
  readonly tables: readonly ScoreTable[];
}

function rowsOf({
  all,
  kind,
  category,
  targets,
  size,
  construct,
}: Pick<ScoreResult, 'all' | 'kind' | 'category'> & Partial<GroupedScores>): ScoreRow[] {
  const named = (group: ScoreRow['group'], prefix: string, entries: Readonly<Record<string, Scores>>): ScoreRow[] =>
    Object.entries(entries).map(([name, scores]) => ({ group, name, label: `${prefix}${name}`, scores }));
  return [
    { group: 'all', name: 'all', label: 'all', scores: all },
    ...named('kind', '', kind),
    ...(targets ? named('targets', '', { 'with a target': targets }) : []),
    ...named('size', 'target ', size ?? {}),
    ...named('construct', 'construct ', construct ?? {}),
    ...named('category', 'category ', category),
  ];
}

/** The table of a file of predictions. */
export function scoreTables(result: ScoreResult): ScoreTable[] {
  const { protocol } = result;
  return [{ protocol, title: '', columns: scoreNames[protocol], rows: rowsOf(result) }];
}

/** The tables of an evaluation: at the size scored, at native size where both were asked for, and of the control. */
export function evaluationTables(report: EvaluationReport): ScoreTable[] {
  const { protocol, scoredAt, native, control } = report;
  const columns = scoreNames[protocol];
  const tables: ScoreTable[] = [{ protocol, title: `at ${scoredAt}`, columns, rows: rowsOf(report) }];
  if (native) tables.push({ protocol, title: 'at native', columns, rows: rowsOf(native) });
  if (control) {
    const rows: ScoreRow[] = [
      { group: 'control', name: 'own', label: 'own sentences', scores: control.own },
      { group: 'control', name: control.name, label: control.name, scores: control.asked },
    ];
    tables.push({ protocol, title: `samples that the control changes, at ${scoredAt}`, columns, rows });
  }
  return tables;
}
