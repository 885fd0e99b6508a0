import type { CommandDefinition } from './command.js';
import { datasetConvertCommand } from './datasetConvert.js';
import { datasetInfoCommand } from './datasetInfo.js';
import { datasetSamplesCommand } from './datasetSamples.js';
import { datasetShowCommand } from './datasetShow.js';
import { datasetSplitCommand } from './datasetSplit.js';
import { datasetStatsCommand } from './datasetStats.js';
import { datasetSubsetCommand } from './datasetSubset.js';
import { datasetValidateCommand } from './datasetValidate.js';
import { doctorCommand } from './doctor.js';
import { evalCommand } from './eval.js';
import { generateCommand } from './generate.js';
import { modelExportCommand } from './modelExport.js';
import { modelImportCommand } from './modelImport.js';
import { modelInfoCommand } from './modelInfo.js';
import { modelListCommand } from './modelList.js';
import { modelShrinkCommand } from './modelShrink.js';
import { scoreCommand } from './score.js';
import { segmentCommand } from './segment.js';
import { trainCommand } from './train.js';

/** Every command of `refersat`, in the order of its help. */
export const commands: readonly CommandDefinition[] = [
  datasetInfoCommand,
  datasetValidateCommand,
  datasetStatsCommand,
  datasetSamplesCommand,
  datasetShowCommand,
  datasetConvertCommand,
  datasetSplitCommand,
  datasetSubsetCommand,
  generateCommand,
  segmentCommand,
  trainCommand,
  evalCommand,
  modelListCommand,
  modelInfoCommand,
  modelImportCommand,
  modelExportCommand,
  modelShrinkCommand,
  scoreCommand,
  doctorCommand,
];
