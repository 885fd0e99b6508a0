import { csvOf } from '../files/index.js';
import type { StatisticsTable } from './datasetStatistics.js';

/** File of a table: `mask-areas.csv`. */
export const csvName = (file: string): string =>
  `${file.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.csv`;

/** A table as CSV. */
export const csvText = ({ columns, rows }: StatisticsTable): string => csvOf([columns, ...rows]);
