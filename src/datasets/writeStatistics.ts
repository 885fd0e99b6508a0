import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFolderAtomic } from '../files/index.js';
import { refuseOverwrite } from './convertDataset.js';
import { datasetInfo } from './datasetInfo.js';
import { type DatasetStatistics, datasetStatistics, type StatisticsOptions } from './datasetStatistics.js';
import { explainFileError } from './fileProblem.js';
import type { Dataset } from './sample.js';
import { csvName, csvText } from './statisticsCsv.js';

/**
 * Writes the statistics of a dataset into a new folder: `index.html` with charts, and a CSV of each. The folder appears
 * whole or not at all. Throws a UserError when it holds something already.
 */
export async function writeStatistics(
  dataset: Dataset,
  out: string,
  options: StatisticsOptions = {},
): Promise<DatasetStatistics> {
  await refuseOverwrite(out);
  const statistics = await datasetStatistics(dataset, options);
  // The library that draws is large, and nothing else in this room needs it.
  const { statisticsPage } = await import('./statisticsPage.js');
  const page = statisticsPage(datasetInfo(dataset), statistics);
  try {
    await writeFolderAtomic(out, async (temporary) => {
      await writeFile(join(temporary, 'index.html'), page);
      for (const [name, table] of Object.entries(statistics)) {
        if (typeof table !== 'number') await writeFile(join(temporary, csvName(name)), csvText(table));
      }
    });
  } catch (error) {
    throw explainFileError(error, out, 'write');
  }
  return statistics;
}
